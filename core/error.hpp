#pragma once
// The one failure type that crosses folders. Everything a caller must decide on is in `kind`; `code` is
// stable and machine-readable ("area.reason"); `message` is for a person and says what to do.

#include <exception>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// One thing that is wrong with an input: where (a JSON pointer or a setting's key), a stable code, what to do.
struct Problem {
  std::string pointer;
  std::string code;
  std::string detail;
};

enum class ErrorKind { transient, throttled, auth, config, data, missing, conflict, cancelled, bug };

std::string_view to_string(ErrorKind kind);
/// Inverse of to_string; unknown text is `bug`.
ErrorKind error_kind_from(std::string_view text);
std::ostream& operator<<(std::ostream& out, ErrorKind kind);

class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string code, std::string message, std::vector<Problem> problems = {});

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  /// The single members at fault, when the input had several parts.
  const std::vector<Problem>& problems() const noexcept { return problems_; }
  const char* what() const noexcept override { return what_.c_str(); }

  /// The same error with the place it happened at, for example "orders, page 12".
  Error within(std::string_view place) const;

 private:
  ErrorKind kind_;
  std::string code_;
  std::string message_;
  std::vector<Problem> problems_;
  std::string what_;
};

/// The error behind an exception pointer: an Error as it is, anything else as kind `bug`
/// (Asio's operation_aborted as `cancelled`).
Error to_error(std::exception_ptr failure);

/// Text that came from outside (an upstream body, libpq), cut to `limit` bytes and stripped of control characters.
std::string quote_outside_text(std::string_view text, std::size_t limit = 300);

}  // namespace sluice
