#pragma once
// A small store without a network, and the questions that tests put to it.

#include "core/json.hpp"
#include "tests/sample_store/served_store.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace sluice::sample_store {

inline SampleStoreOptions small_store() {
  SampleStoreOptions options;
  options.orders = 700;
  options.products = 60;
  options.customers = 80;
  options.subscribers = 30;
  return options;
}

class StoreFixture : public testing::Test {
 protected:
  explicit StoreFixture(SampleStoreOptions options = small_store()) : store(with_clock(std::move(options))) {}

  HttpResponse get(const std::string& path) {
    HttpRequest request;
    request.target = "/stores/sample" + path;
    request.headers.add("X-Auth-Token", store.options().access_token);
    return store.serve(request, {"127.0.0.1"}).answer.response;
  }
  Json json(const std::string& path) { return Json::parse(get(path).body); }
  Json act(std::string_view action, const Json& body) {
    return store.control().act(action, body, std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  }
  /// Ids of all pages of a list by page number.
  std::vector<std::int64_t> ids_of_all_pages(const std::string& path, std::int64_t limit) {
    std::vector<std::int64_t> ids;
    for (int page = 1;; ++page) {
      const auto response = get(path + (path.find('?') == std::string::npos ? "?" : "&") +
                                "limit=" + std::to_string(limit) + "&page=" + std::to_string(page));
      if (response.status != 200) return ids;
      const Json body = Json::parse(response.body);
      const Json& rows = body.is_array() ? body : body["data"];
      if (rows.empty()) return ids;
      for (const Json& row : rows) ids.push_back(id_of(row));
    }
  }
  static std::int64_t id_of(const Json& row) {
    return row.contains("id") ? row["id"].get<std::int64_t>() : row["category_id"].get<std::int64_t>();
  }
  static std::set<std::string> names(const Json& object) {
    std::set<std::string> out;
    for (const auto& [name, value] : object.items()) out.insert(name);
    return out;
  }

  Time time{std::chrono::seconds(1'760'000'000)};
  ServedStore store;

 private:
  SampleStoreOptions with_clock(SampleStoreOptions options) {
    options.now = [this] { return time; };
    return options;
  }
};

}  // namespace sluice::sample_store
