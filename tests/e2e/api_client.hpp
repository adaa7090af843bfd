#pragma once
// A client of a daemon's control API that keeps its connections and shows what came over the wire.

#include "core/http.hpp"
#include "core/json.hpp"
#include "core/task.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace sluice {

class HttpClient;

struct ApiAnswer {
  int status = 0;
  Json body;
  Headers headers = {};

  std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
  std::string code() const { return body.is_object() ? body.value("code", "") : ""; }
};

class ApiClient {
 public:
  ApiClient(boost::asio::any_io_executor executor, std::string url, std::string token, std::size_t connections = 1);
  ~ApiClient();

  /// `request`: "POST /v1/integrations". `headers` come besides the token and the body's type, or instead of them.
  Task<ApiAnswer> ask(std::string request, Json body, Headers headers);

 private:
  std::string token_;
  std::unique_ptr<HttpClient> http_;
};

}  // namespace sluice
