#include "tests/sample_store/store_api.hpp"

#include "tests/sample_store/described_list.hpp"
#include "tests/sample_store/described_paths.hpp"
#include "tests/sample_store/line_items.hpp"
#include "tests/sample_store/list_page.hpp"
#include "tests/sample_store/orders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::sample_store {
namespace {

constexpr std::string_view prefix = "/stores/";

const ListRule* rule_of(std::string_view path) {
  const auto rules = list_rules();
  const auto place = std::ranges::find(rules, path, &ListRule::path);
  return place == rules.end() ? nullptr : &*place;
}

/// A form-encoded query: a plus is a space there, so a zone of "+00:00" has to be sent as "%2B00:00".
std::string with_spaces(std::string_view target) {
  std::string out(target.substr(0, target.find('?')));
  for (const char c : target.substr(out.size())) {
    if (c == '+')
      out += "%20";
    else
      out += c;
  }
  return out;
}

std::int64_t read_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() ? id : -1;
}

Seconds to_seconds(Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

constexpr std::string_view not_found = "The requested resource was not found.";

HttpResponse no_content() { return json_reply(204, ""); }

}  // namespace

std::vector<std::string> read_only_scopes() {
  return {"store_v2_orders_read_only",
          "store_v2_products_read_only",
          "store_v2_customers_read_only",
          "store_v2_marketing_read_only",
          "store_v2_information_read_only",
          "store_v2_transactions_read_only",
          "store_v2_content_read_only",
          "store_content_checkout_read_only",
          "store_channel_settings_read_only",
          "store_channel_listings_read_only",
          "store_sites_read_only",
          "store_inventory_read_only",
          "store_locations_read_only",
          "store_fulfillment_methods_read_only",
          "store_order_fulfillment_read_only",
          "store_cart_read_only",
          "store_themes_read_only",
          "store_logs_read_only",
          "store_stored_payment_instruments_read_only"};
}

HttpResponse StoreApi::answer(const HttpRequest& request, Time now) {
  HttpResponse response = route(request, now);
  response.headers.add("Date", http_date(now));
  response.headers.add("X-Request-Id", fmt::format("{:032x}", 0xC0FFEE00000000ULL + ++served_));
  if (version_of(request.target) == Version::v2) {
    response.headers.add("X-BC-ApiLimit-Remaining", "20000");
    if (!response.headers.find("Last-Modified")) response.headers.add("Last-Modified", rfc2822(to_seconds(now)));
  }
  if (response.status != 401 && response.status != 404) {
    quota_.write_headers(response.headers, options_.quota, options_.window, now, response.status == 429);
  }
  return response;
}

HttpResponse StoreApi::route(const HttpRequest& request, Time now) {
  const Version version = version_of(request.target);
  const auto target = parse_target(with_spaces(request.target));
  if (!target) return error_reply(version, 400, "The query is malformed.");
  std::string_view path = target->path;
  if (!path.starts_with(prefix)) return error_reply(version, 404, not_found);
  path.remove_prefix(prefix.size());
  const std::string_view hash = path.substr(0, path.find('/'));
  if (hash != options_.store_hash)
    return error_reply(version, 403, "The store hash in the URL is not that of a store this token may use.");
  path.remove_prefix(hash.size());

  const auto token = request.headers.find("X-Auth-Token");
  if (!token) {
    HttpResponse response = json_reply(401, "X-Auth-Token header is required");
    response.headers.set("Content-Type", "text/plain");
    return response;
  }
  const bool is_other = !options_.other_token.empty() && *token == options_.other_token;
  if (*token != options_.access_token && !is_other) {
    return error_reply(
        version, 401,
        "Unauthorized - the v3 Auth client ID or token in the request are not a valid combination for this store.");
  }
  if (!quota_.take(options_.quota, options_.window, now)) return too_many_requests(version);
  if (request.method != "GET") return error_reply(version, 405, "The sample store can only be read.");
  return answer_within(path, target->query, now);
}

bool StoreApi::has_scope(std::string_view scope) const {
  return std::ranges::any_of(options_.scopes, [&](const std::string& granted) {
    return granted == scope || granted == fmt::format("{}_read_only", scope);
  });
}

HttpResponse StoreApi::missing_scope(Version version) const {
  return error_reply(version, 403, "You don't have a required scope to access the endpoint");
}

HttpResponse StoreApi::answer_within(std::string_view path, const Query& query, Time now) {
  if (const ListRule* rule = rule_of(path)) return answer_list(*rule, query, now);
  if (path == "/v2/time" || path == "/v2/store") {
    if (!has_scope("store_v2_information")) return missing_scope(Version::v2);
    if (path == "/v2/time") return json_reply(200, fmt::format("{{\"time\":{}}}", to_seconds(now)));
    return json_reply(200, data_.table("store_information")->by_id().front()->body + "}");
  }
  if (constexpr std::string_view orders = "/v2/orders/"; path.starts_with(orders)) {
    if (!has_scope("store_v2_orders")) return missing_scope(Version::v2);
    const std::string_view below = path.substr(orders.size());
    if (below == "count") return answer_order_counts(query, now);
    const std::string_view id = below.substr(0, below.find('/'));
    const std::string_view child = below.substr(id.size());
    if (child.empty() && read_id(id) >= 0) return answer_order(id, query, now);
    if (child == "/products") return answer_line_items(id, query, now);
  }
  return answer_described_path(path, query, now);
}

HttpResponse StoreApi::answer_described_path(std::string_view path, const Query& query, Time now) {
  const auto found = described_path(path);
  if (!found) return error_reply(version_of(path), 404, not_found);
  const TableDescription& table = *found->table;
  const Version version = table.rule.is_v2() ? Version::v2 : Version::v3;
  const bool granted = std::ranges::any_of(table.scopes, [&](std::string_view scope) {
    // The documents ask for the right to modify at one endpoint that only reads.
    if (scope.starts_with('!')) return std::ranges::find(options_.scopes, scope.substr(1)) != options_.scopes.end();
    return scope == "default" || has_scope(scope);
  });
  if (!granted) return missing_scope(version);
  std::optional<std::int64_t> parent;
  if (table.parent.empty()) {
    parent = 0;
  } else if (const auto parameter = table.parent_parameter(); !parameter.empty()) {
    const auto asked = std::ranges::find(query, parameter, &Query::value_type::first);
    const auto row = asked == query.end() ? RowRef{} : described_.find(table.parent, std::nullopt, asked->second);
    if (!row) return error_reply(version, 404, not_found);
    parent = row->ordinal;
  } else if (!found->keys.empty()) {
    const auto row = parent_in_path(described_, table, found->keys);
    if (!row && table.at("unknown_parent_is_empty") != true) return error_reply(version, 404, not_found);
    parent = row ? row->ordinal : -1;
  }
  auto read = read_list_query(table.rule, query, options_, now);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return error_reply(version, refusal->status, refusal->text);
  return answer_described(described_, table, parent, std::get<ListQuery>(read));
}

HttpResponse StoreApi::answer_list(const ListRule& rule, const Query& query, Time now) {
  const Version version = rule.is_v2() ? Version::v2 : Version::v3;
  if (!has_scope(rule.scope)) return missing_scope(version);
  auto read = read_list_query(rule, query, options_, now);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return error_reply(version, refusal->status, refusal->text);
  auto& asked = std::get<ListQuery>(read);
  const bool names_archived =
      std::ranges::any_of(asked.filters, [](const Filter& filter) { return filter.rule.member == "is_deleted"; });
  if (rule.table == "orders" && !options_.lists_archived && !names_archived) {
    asked.filters.push_back({.rule = {"is_deleted", FilterRule::Kind::truth, "is_deleted"}, .numbers = {0.0}});
  }
  const auto selection = select_rows(*data_.table(rule.table), rule, asked);
  if (!selection) return error_reply(version, 422, "The cursor is invalid.");
  if (rule.is_v2() && selection->rows.empty()) return no_content();
  HttpResponse response = json_reply(200, render_page(data_, rule, asked, *selection));
  Seconds changed = 0;
  for (const Record* row : selection->rows) changed = std::max(changed, row->modified);
  if (rule.is_v2() && changed > 0) response.headers.add("Last-Modified", rfc2822(changed));
  return response;
}

HttpResponse StoreApi::answer_order(std::string_view id, const Query& query, Time now) {
  const Record* order = data_.table("orders")->find(read_id(id));
  if (order == nullptr) return error_reply(Version::v2, 404, not_found);
  const ListRule& rule = *rule_of("/v2/orders");
  auto read = read_list_query(rule, query, options_, now);
  if (const auto* refusal = std::get_if<Refusal>(&read))
    return error_reply(Version::v2, refusal->status, refusal->text);
  std::string body;
  append_row(body, data_, rule, std::get<ListQuery>(read), *order);
  HttpResponse response = json_reply(200, std::move(body));
  response.headers.add("Last-Modified", rfc2822(order->modified));
  return response;
}

HttpResponse StoreApi::answer_line_items(std::string_view id, const Query& query, Time now) {
  const Record* order = data_.table("orders")->find(read_id(id));
  if (order == nullptr) return error_reply(Version::v2, 404, not_found);
  const ListRule paging{.table = "order_products", .path = "", .scope = "", .paging = ListRule::Paging::v2};
  const auto read = read_list_query(paging, query, options_, now);
  if (const auto* refusal = std::get_if<Refusal>(&read))
    return error_reply(Version::v2, refusal->status, refusal->text);
  const auto& asked = std::get<ListQuery>(read);
  std::string body;
  const std::int64_t last = std::min<std::int64_t>(asked.page * asked.limit, std::ssize(order->items));
  for (std::int64_t i = (asked.page - 1) * asked.limit; i < last; ++i) {
    body += body.empty() ? '[' : ',';
    body += line_item_text(*order, order->items[static_cast<std::size_t>(i)]);
  }
  if (body.empty()) return no_content();
  return json_reply(200, body + "]");
}

HttpResponse StoreApi::answer_order_counts(const Query& query, Time now) {
  const ListRule& rule = *rule_of("/v2/orders");
  auto read = read_list_query(rule, query, options_, now);
  if (const auto* refusal = std::get_if<Refusal>(&read))
    return error_reply(Version::v2, refusal->status, refusal->text);
  const auto& filters = std::get<ListQuery>(read).filters;
  std::vector<std::int64_t> counts(order_statuses().size());
  std::int64_t total = 0;
  for (const Record* order : data_.table("orders")->by_id()) {
    if (order->archived && !options_.lists_archived) continue;
    if (!std::ranges::all_of(filters, [&](const Filter& filter) { return matches(*order, filter); })) continue;
    ++counts[static_cast<std::size_t>(order->status)];
    ++total;
  }
  JsonText json(JsonStyle::escaped);
  json.open('{').key("statuses").open('[');
  for (const OrderStatus& status : order_statuses()) {
    json.open('{').number("id", status.id).text("name", status.name).text("system_label", status.name);
    json.text("custom_label", status.name).text("system_description", status.description);
    json.number("count", counts[static_cast<std::size_t>(status.id)]).number("sort_order", status.id).close('}');
  }
  return json_reply(200, json.close(']').number("count", total).close('}').take());
}

}  // namespace sluice::sample_store
