#include "core/error.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <ostream>
#include <utility>

namespace sluice {
namespace {

constexpr std::array<std::pair<ErrorKind, std::string_view>, 9> kinds{{
    {ErrorKind::transient, "transient"},
    {ErrorKind::throttled, "throttled"},
    {ErrorKind::auth, "auth"},
    {ErrorKind::config, "config"},
    {ErrorKind::data, "data"},
    {ErrorKind::missing, "missing"},
    {ErrorKind::conflict, "conflict"},
    {ErrorKind::cancelled, "cancelled"},
    {ErrorKind::bug, "bug"},
}};

}  // namespace

std::string_view to_string(ErrorKind kind) {
  for (const auto& [value, text] : kinds) {
    if (value == kind) return text;
  }
  return "bug";
}

ErrorKind error_kind_from(std::string_view text) {
  for (const auto& [value, name] : kinds) {
    if (name == text) return value;
  }
  return ErrorKind::bug;
}

std::ostream& operator<<(std::ostream& out, ErrorKind kind) { return out << to_string(kind); }

Error::Error(ErrorKind kind, std::string code, std::string message, std::vector<Problem> problems)
    : kind_(kind),
      code_(std::move(code)),
      message_(std::move(message)),
      problems_(std::move(problems)),
      what_(code_ + ": " + message_) {}

Error Error::within(std::string_view place) const {
  return {kind_, code_, message_ + " (" + std::string(place) + ")", problems_};
}

Error to_error(std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const Error& error) {
    return error;
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) {
      return {ErrorKind::cancelled, "task.cancelled", "the operation was cancelled"};
    }
    return {ErrorKind::bug, "internal.system_error", quote_outside_text(error.what())};
  } catch (const std::exception& error) {
    return {ErrorKind::bug, "internal.exception", quote_outside_text(error.what())};
  }
}

std::string quote_outside_text(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit));
  for (const char c : text) {
    if (out.size() >= limit) {
      // Never cut inside a UTF-8 sequence.
      while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U) out.pop_back();
      if (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80U) != 0) out.pop_back();
      return out + "...";
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(byte < 0x20 || byte == 0x7F ? ' ' : c);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace sluice
