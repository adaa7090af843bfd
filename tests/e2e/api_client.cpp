#include "tests/e2e/api_client.hpp"

#include "connectors/http/client.hpp"
#include "tests/e2e/leaks.hpp"

namespace sluice {
namespace {

HttpClientSettings settings_of(std::string url, std::size_t connections) {
  HttpClientSettings settings;
  settings.base_url = std::move(url);
  settings.connections = connections;
  return settings;
}

}  // namespace

ApiClient::ApiClient(boost::asio::any_io_executor executor, std::string url, std::string token, std::size_t connections)
    : token_(std::move(token)), http_(make_http_client(executor, settings_of(std::move(url), connections))) {}

ApiClient::~ApiClient() = default;

Task<ApiAnswer> ApiClient::ask(std::string request, Json body, Headers headers) {
  const auto space = request.find(' ');
  note_secrets(body);
  HttpRequest message;
  message.method = request.substr(0, space);
  message.target = request.substr(space + 1);
  message.headers.set("Authorization", "Bearer " + token_);
  if (!body.is_null()) {
    message.headers.set("Content-Type", "application/json");
    message.body = body.dump();
  }
  for (const auto& [name, value] : headers) message.headers.set(name, value);
  const HttpResponse response = co_await http_->send(std::move(message));
  ApiAnswer answer{response.status, Json::parse(response.body, nullptr, false), response.headers};
  note_secrets(answer.body);
  co_return answer;
}

}  // namespace sluice
