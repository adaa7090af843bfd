#include "server/ctl/api_client.hpp"

#include "connectors/http/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace sluice::ctl {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

HttpClientSettings client_settings(const Connection& connection) {
  HttpClientSettings settings;
  settings.base_url = connection.url;
  settings.socket_file = connection.socket_file;
  settings.ca_file = connection.ca_file;
  settings.connections = 1;
  // Set-up and test of a destination or a source may take the daemon that long.
  settings.idle_timeout = 5min;
  settings.total_deadline = 10min;
  return settings;
}

class Calls final : public ApiClient {
 public:
  explicit Calls(const Connection& connection)
      : token_(connection.token), http_(make_http_client(io_.get_executor(), client_settings(connection))) {}

  HttpResponse send(HttpRequest request) override {
    if (!token_.empty()) request.headers.set("Authorization", "Bearer " + token_.reveal());
    if (!request.headers.find("Accept")) request.headers.set("Accept", "application/json");
    request.headers.set("User-Agent", "sluice-ctl/" SLUICE_VERSION);
    HttpResponse response;
    std::exception_ptr failure;
    asio::co_spawn(io_, http_->send(std::move(request)), [&](std::exception_ptr thrown, HttpResponse answer) {
      failure = std::move(thrown);
      response = std::move(answer);
      io_.stop();
    });
    io_.restart();
    io_.run();
    if (failure) std::rethrow_exception(failure);
    return response;
  }

 private:
  asio::io_context io_{1};
  Secret token_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace

std::unique_ptr<ApiClient> make_api_client(const Connection& connection) { return std::make_unique<Calls>(connection); }

}  // namespace sluice::ctl
