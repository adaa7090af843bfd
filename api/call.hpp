#pragma once
// One request on its way through the API: matched, authorised and checked against its route's data. Handlers read it.

#include "api/router.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "storage/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::api {

struct Call {
  const Route* route = nullptr;
  HttpRequest request;
  Target target;
  PathValues path_values;
  Json body = Json::object();
  std::optional<Token> token;
  std::string_view media;  // the form of answer that was chosen
  Log log;
  std::string request_id = {};
  std::string peer = {};  // the client's address

  /// Throw Error{bug} for names that are not in the route.
  const std::string& path(std::string_view name) const;
  std::optional<std::string> parameter(std::string_view name) const;
  /// Its values, separated by commas; empty when it is not given.
  std::vector<std::string> list(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::optional<Time> time(std::string_view name) const;
  /// From limit and cursor; throws a refusal for a cursor of another list.
  PageRequest page() const;
  /// A member of the body, when it is there and not null.
  const Json* member(std::string_view name) const;
  std::optional<std::string> text(std::string_view name) const;
};

/// Adds what is wrong with the query: unknown or repeated names, values that do not fit. Throws a refusal.
void check_query(const Route& route, const Target& target);

HttpResponse answer(int status, const Json& body);
/// {"items", "next_cursor"} and the Link header.
HttpResponse list_answer(const Call& call, Json items, const std::optional<std::string>& next);
/// The representation with its ETag, or 304 when If-None-Match has it already.
HttpResponse tagged_answer(const Call& call, int status, const Json& body, std::int64_t generation);

/// A page of what is all in memory: behind the item whose key is page.after.
template <class T, class Key>
Listing<T> page_of(const std::vector<T>& all, const PageRequest& page, Key key) {
  Listing<T> listing;
  auto item = all.begin();
  if (page.after) {
    while (item != all.end() && key(*item) != *page.after) ++item;
    if (item != all.end()) ++item;
  }
  for (; item != all.end(); ++item) {
    if (std::ssize(listing.items) == page.limit) {
      listing.next = key(listing.items.back());
      break;
    }
    listing.items.push_back(*item);
  }
  return listing;
}

}  // namespace sluice::api
