// How a destination is reached: the few parameters of libpq's many that a user may give, each checked by its row.

#include "core/nearest.hpp"
#include "storage/destination.hpp"
#include "storage/destination/endpoints.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t longest_text = 255;
constexpr std::array<std::string_view, 5> sslmodes{"disable", "prefer", "require", "verify-ca", "verify-full"};

using Complaint = std::optional<std::string>;

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

bool is_plain_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == '_' || c == ':';
  });
}

/// Names or addresses. What libpq also takes, the path of a socket, is not for users of the API.
Complaint set_hosts(DestinationAddress& address, const std::string& text) {
  address.hosts = split(text);
  for (const std::string& host : address.hosts) {
    if (!is_plain_host(host)) return "must be a host name or IP address, or several with commas between them";
    // Names are looked up, and what they stand for is checked, when the connection is made.
    const auto written = address_written_as(host);
    if (written && !may_reach(address.reach, *written)) {
      return host + " is an address that no destination may have (metadata, link-local, multicast or unspecified)";
    }
  }
  return std::nullopt;
}

Complaint set_database(DestinationAddress& address, const std::string& text) {
  address.database = text;
  return std::nullopt;
}

Complaint set_user(DestinationAddress& address, const std::string& text) {
  address.user = text;
  return std::nullopt;
}

Complaint set_sslmode(DestinationAddress& address, const std::string& text) {
  if (std::find(sslmodes.begin(), sslmodes.end(), text) == sslmodes.end()) {
    return "must be one of disable, prefer, require, verify-ca, verify-full";
  }
  address.sslmode = text;
  return std::nullopt;
}

Complaint set_sslrootcert(DestinationAddress& address, const std::string& text) {
  if (!text.starts_with('/')) return "must be the absolute path of a file with root certificates";
  address.sslrootcert = text;
  return std::nullopt;
}

using Numbers = std::vector<std::int64_t>;

Complaint set_ports(DestinationAddress& address, const Numbers& numbers) {
  address.ports.clear();
  for (const std::int64_t number : numbers) {
    if (number < 1 || number > 65'535) return "must be a number from 1 to 65535";
    address.ports.push_back(static_cast<int>(number));
  }
  return std::nullopt;
}

Complaint set_connect_timeout(DestinationAddress& address, const Numbers& numbers) {
  if (numbers.size() != 1 || numbers[0] < 1 || numbers[0] > 120) return "must be a number of seconds from 1 to 120";
  address.connect_timeout = std::chrono::seconds(numbers[0]);
  return std::nullopt;
}

/// Exactly one of the two setters is there: it says which type the member has.
struct Parameter {
  std::string_view name;
  bool is_required;
  Complaint (*set_text)(DestinationAddress&, const std::string&);
  Complaint (*set_numbers)(DestinationAddress&, const Numbers&);
};

constexpr std::array parameters{
    Parameter{"host", true, set_hosts, nullptr},
    Parameter{"port", false, nullptr, set_ports},
    Parameter{"database", true, set_database, nullptr},
    Parameter{"user", true, set_user, nullptr},
    Parameter{"sslmode", false, set_sslmode, nullptr},
    Parameter{"sslrootcert", false, set_sslrootcert, nullptr},
    Parameter{"connect_timeout", false, nullptr, set_connect_timeout},
};

const Parameter* find_parameter(std::string_view name) {
  const auto* const found = std::find_if(parameters.begin(), parameters.end(),
                                         [name](const Parameter& parameter) { return parameter.name == name; });
  return found == parameters.end() ? nullptr : found;
}

Complaint set(DestinationAddress& address, const Parameter& parameter, const Json& value) {
  if (parameter.set_numbers != nullptr) {
    const Json list = value.is_array() ? value : Json::array({value});
    const bool are_whole =
        std::all_of(list.begin(), list.end(), [](const Json& one) { return one.is_number_integer(); });
    if (!are_whole || list.empty()) return "must be a whole number";
    return parameter.set_numbers(address, list.get<Numbers>());
  }
  if (!value.is_string()) return "must be a text";
  const auto text = value.get<std::string>();
  if (text.empty() || text.size() > longest_text || !is_printable(text)) {
    return "must be a text of 1 to 255 printable characters";
  }
  return parameter.set_text(address, text);
}

/// With more ports than one it must be clear which host each belongs to.
void check_ports(const DestinationAddress& address, std::vector<Problem>& problems) {
  if (address.hosts.empty() || address.ports.size() <= 1 || address.ports.size() == address.hosts.size()) return;
  problems.push_back({"/port", "destination.bad_value",
                      "must be one port for all hosts or one for each: there are " +
                          std::to_string(address.hosts.size()) + " hosts and " + std::to_string(address.ports.size()) +
                          " ports"});
}

Problem unknown_member(const std::string& name) {
  if (name == "password") {
    return {"/password", "destination.password_misplaced",
            "the password is given beside the parameters, not among them"};
  }
  std::vector<std::string> known;
  for (const Parameter& parameter : parameters) known.emplace_back(parameter.name);
  const std::string quoted = '"' + quote_outside_text(name, 60) + '"';
  return {"/" + quote_outside_text(name, 60), "destination.unknown_parameter",
          quoted + " is no parameter of a destination" + did_you_mean(name, known)};
}

void refuse(std::vector<Problem> problems) {
  if (problems.empty()) return;
  std::string first = problems.front().pointer.substr(1);
  if (!first.empty()) first += ": ";
  throw Error(ErrorKind::config, "destination.invalid",
              "the destination's parameters are wrong: " + first + problems.front().detail, problems);
}

}  // namespace

DestinationAddress parse_destination(const Json& json, const Secret& password) {
  if (!json.is_object()) refuse({{"/", "destination.invalid", "the parameters must be an object"}});
  DestinationAddress address;
  address.password = password;
  address.reach = AddressRule::not_metadata;
  std::vector<Problem> problems;
  for (const auto& [name, value] : json.items()) {
    const Parameter* parameter = find_parameter(name);
    if (parameter == nullptr) {
      problems.push_back(unknown_member(name));
    } else if (auto complaint = set(address, *parameter, value)) {
      problems.push_back({"/" + name, "destination.bad_value", *complaint});
    }
  }
  for (const Parameter& parameter : parameters) {
    if (parameter.is_required && !json.contains(parameter.name)) {
      problems.push_back({"/" + std::string(parameter.name), "destination.missing_parameter", "must be given"});
    }
  }
  check_ports(address, problems);
  refuse(std::move(problems));
  return address;
}

DestinationAddress parse_connection_url(const Secret& url) {
  char* failure = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.reveal().c_str(), &failure), PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> failure_owner(failure, PQfreemem);
  // libpq's complaint quotes the text, and the text may hold the password.
  if (!options) refuse({{"/", "destination.invalid", "this is no connection URL that libpq understands"}});

  DestinationAddress address;
  std::vector<Problem> problems;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    const std::string_view keyword = option->keyword;
    const std::string value = option->val;
    if (keyword == "password") {
      address.password = Secret(value);
    } else if (keyword == "host") {
      address.hosts = split(value);  // the operator's: a socket directory is fine
    } else if (const Parameter* parameter = find_parameter(keyword == "dbname" ? "database" : keyword)) {
      Json json = value;
      if (parameter->set_numbers != nullptr) {
        json = Json::array();
        for (const std::string& part : split(value)) {
          std::int64_t number = -1;
          std::from_chars(part.data(), part.data() + part.size(), number);
          json.push_back(number);
        }
      }
      if (auto complaint = set(address, *parameter, json)) {
        problems.push_back({"/" + std::string(keyword), "destination.bad_value", *complaint});
      }
    } else if (keyword != "application_name") {
      problems.push_back(unknown_member(std::string(keyword)));
    }
  }
  check_ports(address, problems);
  refuse(std::move(problems));
  return address;
}

}  // namespace sluice
