#include "connectors/bigcommerce/credentials.hpp"

#include "connectors/bigcommerce/credentials_file.hpp"
#include "core/error.hpp"
#include "core/http.hpp"
#include "core/nearest.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace sluice {
namespace {

constexpr std::string_view api_host = "api.bigcommerce.com";
constexpr std::size_t longest_file = 16 * 1024;
constexpr std::size_t longest_token = 512;
constexpr std::size_t longest_hash = 64;

constexpr std::string_view hash_remedy =
    "give the store hash, the API path (https://api.bigcommerce.com/stores/{hash}/v3/) or "
    "store-{hash}.mybigcommerce.com";
constexpr std::string_view token_remedy =
    "copy the access token again: it is one word of letters and digits, shown once when the API account is made";

struct Member {
  std::string_view name;
  std::string_view meaning;
};

constexpr Member members[] = {
    {"store_hash", "The store's hash, for example abc123; also its API path or store-abc123.mybigcommerce.com."},
    {"api_path", "The API path that BigCommerce shows with the access token, in place of store_hash."},
    {"access_token", "The access token of the store-level API account."},
    {"client_id", "The client ID of the API account. Optional: reading needs the token only."},
    {"credentials_file",
     "The text of the .txt file that BigCommerce offers when the API account is made, in place of all others."},
};

std::vector<std::string> member_names() {
  std::vector<std::string> names;
  for (const Member& member : members) names.emplace_back(member.name);
  return names;
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_alphanumeric(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
}

/// Printable ASCII without blanks: what can stand in a header.
bool is_one_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.size() < prefix.size() || !equal_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (text.size() < suffix.size() || !equal_ignoring_case(text.substr(text.size() - suffix.size()), suffix))
    return false;
  text.remove_suffix(suffix.size());
  return true;
}

bool take_scheme(std::string_view& url) { return take_prefix(url, "https://") || take_prefix(url, "http://"); }

/// Members of the body as text, and everything that is wrong with them.
class Form {
 public:
  Form(const Json& body, std::string_view base_url) : base_url_(base_url) {
    if (!body.is_object()) {
      complain("", "invalid", "send a JSON object, for example {\"store_hash\":\"abc123\",\"access_token\":\"…\"}");
      return;
    }
    const std::vector<std::string> known = member_names();
    for (const auto& [name, value] : body.items()) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        complain(pointer_to(name), "unknown_member",
                 "there is no member \"" + quote_outside_text(name, 60) + "\"" + did_you_mean(name, known));
      } else if (value.is_string()) {
        values_.emplace_back(name, value.get<std::string>());
      } else if (!value.is_null()) {
        complain("/" + name, "invalid", "must be a string");
      }
    }
  }

  std::optional<std::string_view> find(std::string_view name) const {
    for (const auto& [known, value] : values_) {
      if (known == name && !trimmed(value).empty()) return trimmed(value);
    }
    return std::nullopt;
  }
  void complain(std::string pointer, std::string code, std::string detail) {
    problems_.push_back({std::move(pointer), std::move(code), std::move(detail)});
  }
  std::string_view base_url() const { return base_url_; }
  bool blames(std::string_view pointer) const {
    return std::any_of(problems_.begin(), problems_.end(), [&](const Problem& p) { return p.pointer == pointer; });
  }
  void finish() {
    if (problems_.empty()) return;
    throw Error(ErrorKind::config, "credentials.invalid", "the credentials cannot be used as they are",
                std::move(problems_));
  }

 private:
  static std::string pointer_to(const std::string& name) {
    std::string out = "/";
    for (const char c : quote_outside_text(name, 60)) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
    return out;
  }

  std::string_view base_url_;
  std::vector<std::pair<std::string, std::string>> values_;
  std::vector<Problem> problems_;
};

std::string store_hash_from(Form& form, std::string_view text, const std::string& pointer) {
  if (auto hash = parse_store_hash(text, form.base_url())) return *hash;
  const bool names_host = text.find('/') != std::string_view::npos || text.find('.') != std::string_view::npos;
  form.complain(pointer, names_host ? "foreign_host" : "invalid",
                std::string(names_host ? "this is no address of a BigCommerce store; " : "this is no store hash; ") +
                    std::string(hash_remedy));
  return {};
}

void check_word(Form& form, std::string_view text, const std::string& pointer, std::string_view remedy) {
  if (!is_one_word(text) || text.size() > longest_token) form.complain(pointer, "invalid", std::string(remedy));
}

Credentials from_file(Form& form, std::string_view text) {
  const std::string pointer = "/credentials_file";
  for (const auto& [name, meaning] : members) {
    if (name != "credentials_file" && form.find(name)) {
      form.complain("/" + std::string(name), "conflict", "leave it out: credentials_file already holds it");
    }
  }
  Credentials credentials;
  if (text.size() > longest_file) {
    form.complain(pointer, "too_long", "this is not the file that BigCommerce offers: that has a few lines only");
    return credentials;
  }
  const CredentialsFile file = read_credentials_file(text);
  if (!file.access_token)
    form.complain(pointer, "missing", "the line \"ACCESS TOKEN: …\" is missing; download the file again");
  if (!file.api_path) {
    form.complain(pointer, "missing",
                  "the line \"API PATH: https://api.bigcommerce.com/stores/…\" is missing; add it to the file");
  }
  if (file.api_path) credentials.account = store_hash_from(form, *file.api_path, pointer);
  if (file.access_token) {
    check_word(form, *file.access_token, pointer, token_remedy);
    credentials.access_token = Secret(*file.access_token);
  }
  credentials.client_id = file.client_id.value_or("");
  if (file.client_id) check_word(form, *file.client_id, pointer, "the client ID must be one word");
  return credentials;
}

Credentials from_members(Form& form) {
  Credentials credentials;
  const auto hash = form.find("store_hash");
  const auto path = form.find("api_path");
  if (hash) credentials.account = store_hash_from(form, *hash, "/store_hash");
  if (path) {
    auto account = store_hash_from(form, *path, "/api_path");
    if (hash && !account.empty() && !credentials.account.empty() && account != credentials.account) {
      form.complain("/api_path", "conflict", "names another store than store_hash; give one of the two");
    }
    credentials.account = std::move(account);
  }
  if (!hash && !path && !form.blames("/store_hash") && !form.blames("/api_path")) {
    form.complain("/store_hash", "missing", std::string(hash_remedy));
  }

  if (const auto token = form.find("access_token")) {
    check_word(form, *token, "/access_token", token_remedy);
    credentials.access_token = Secret(std::string(*token));
  } else if (!form.blames("/access_token")) {
    form.complain("/access_token", "missing",
                  "make a store-level API account in the store's settings and give its access token");
  }
  if (const auto client = form.find("client_id")) {
    check_word(form, *client, "/client_id", "the client ID must be one word");
    credentials.client_id = *client;
  }
  return credentials;
}

}  // namespace

std::optional<std::string> parse_store_hash(std::string_view text, std::string_view base_url) {
  text = trimmed(text);
  bool is_address = take_scheme(text);
  take_scheme(base_url);
  take_suffix(base_url, "/");
  if (take_prefix(text, api_host) || (!base_url.empty() && take_prefix(text, base_url))) {
    if (!take_prefix(text, "/stores/")) return std::nullopt;
    take_suffix(text, "/");
    if (!take_suffix(text, "/v3")) take_suffix(text, "/v2");
    is_address = false;
  } else if (take_prefix(text, "store-")) {
    take_suffix(text, "/");
    if (!take_suffix(text, ".mybigcommerce.com")) return std::nullopt;
    is_address = false;
  }
  // A host that is none of ours is left over.
  if (is_address || text.empty() || text.size() > longest_hash || !is_alphanumeric(text)) return std::nullopt;
  std::string hash(text);
  std::transform(hash.begin(), hash.end(), hash.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return hash;
}

Credentials parse_bigcommerce_credentials(const Json& body, std::string_view base_url) {
  Form form(body, base_url);
  Credentials credentials;
  if (const auto file = form.find("credentials_file")) {
    credentials = from_file(form, *file);
  } else if (body.is_object() && !form.blames("/credentials_file")) {
    credentials = from_members(form);
  }
  form.finish();
  return credentials;
}

Json bigcommerce_credentials_schema() {
  Json properties = Json::object();
  for (const Member& member : members) {
    properties[std::string(member.name)] = {{"type", "string"}, {"description", member.meaning}};
  }
  properties["access_token"]["writeOnly"] = true;
  properties["credentials_file"]["writeOnly"] = true;
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"type", "object"},
          {"properties", std::move(properties)},
          {"additionalProperties", false},
          {"anyOf", Json::array({Json{{"required", Json::array({"store_hash", "access_token"})}},
                                 Json{{"required", Json::array({"api_path", "access_token"})}},
                                 Json{{"required", Json::array({"credentials_file"})}}})}};
}

}  // namespace sluice
