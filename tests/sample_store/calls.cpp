#include "tests/sample_store/calls.hpp"

#include <algorithm>

namespace sluice::sample_store {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
}

std::string path_shape(std::string_view target) {
  std::string_view path = target.substr(0, target.find('?'));
  // "/stores/{hash}" is the same in front of every path.
  if (constexpr std::string_view stores = "/stores/"; path.starts_with(stores)) {
    const auto slash = path.find('/', stores.size());
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
  }
  std::string shape;
  while (!path.empty()) {
    const auto slash = path.find('/', 1);
    const std::string_view part = path.substr(1, slash == std::string_view::npos ? slash : slash - 1);
    shape += '/';
    shape += is_number(part) || is_uuid(part) ? std::string_view("{id}") : part;
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash);
  }
  return shape;
}

}  // namespace

void Calls::count(const HttpRequest& request, int status, bool fault) {
  ++total;
  ++by_path[path_shape(request.target)];
  ++by_status[status];
  const std::string_view host = request.headers.find("Host").value_or("");
  ++by_host[std::string(host.substr(0, host.rfind(':')))];
  if (status == 429) ++refused;
  if (fault) ++faults;
}

Json Calls::describe() const {
  Json paths = Json::object();
  for (const auto& [path, count] : by_path) paths[path] = count;
  Json statuses = Json::object();
  for (const auto& [status, count] : by_status) statuses[std::to_string(status)] = count;
  return {{"total", total}, {"refused_429", refused}, {"faults", faults},      {"silences", silences},
          {"early", early}, {"by_path", paths},       {"by_status", statuses}, {"by_host", by_host}};
}

}  // namespace sluice::sample_store
