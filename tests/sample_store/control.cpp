#include "tests/sample_store/control.hpp"

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "tests/sample_store/line_items.hpp"
#include "tests/sample_store/list_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::sample_store {
namespace {

constexpr std::string_view prefix = "/_control/";
const std::vector<std::string> actions = {"modify", "add", "delete", "faults", "options", "reset_calls"};
const std::vector<std::string> views = {"counts", "rows", "calls", "checksum", "faults", "options"};

[[noreturn]] void refuse(std::string_view member, std::string detail) {
  const std::string pointer = fmt::format("/{}", member);
  throw Error(ErrorKind::config, "sample_store.bad_control", fmt::format("{}: {}", pointer, detail),
              {{pointer, "bad_value", detail}});
}

std::vector<std::string> table_names() {
  std::vector<std::string> names;
  for (const TableTraits& traits : table_traits()) names.emplace_back(traits.name);
  return names;
}

void need_table(std::string_view table) {
  const auto names = table_names();
  if (std::ranges::find(names, table) != names.end()) return;
  refuse("table", fmt::format("must be one of {}{}", fmt::join(names, ", "), did_you_mean(table, names)));
}

std::string table_of(const Json& body) {
  if (!body.is_object() || !body.contains("table") || !body["table"].is_string())
    refuse("table", "is needed, for example \"orders\"");
  const auto table = body["table"].get<std::string>();
  need_table(table);
  return table;
}

std::int64_t count_of(const Json& body, std::string_view member, std::int64_t least) {
  const Json& value = body.at(std::string(member));
  if (!value.is_number_integer() || value.get<std::int64_t>() < least)
    refuse(member, fmt::format("must be a whole number, {} or more", least));
  return value.get<std::int64_t>();
}

std::int64_t number_of(std::string_view name, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) refuse(name, "must be a whole number");
  return value;
}

std::string parameter(const Target& target, std::string_view name, std::string_view otherwise) {
  for (const auto& [key, value] : target.query) {
    if (key == name) return value;
  }
  return std::string(otherwise);
}

}  // namespace

void for_each_row(const StoreData& data, std::string_view table, std::int64_t after,
                  const std::function<bool(std::int64_t id, const std::string& json)>& visit) {
  std::string text;
  if (table == "order_products") {
    for (const Record* order : data.table("orders")->by_id()) {
      for (const LineItem& item : order->items) {
        text = line_item_text(*order, item);
        if (item.id > after && !visit(item.id, text)) return;
      }
    }
    return;
  }
  const auto rules = list_rules();
  const auto rule = std::ranges::find(rules, table, &ListRule::table);
  const Rows& rows = data.table(table)->by_id();
  auto place = std::ranges::upper_bound(rows, after, {}, [](const Record* row) { return row->id; });
  for (; place != rows.end(); ++place) {
    text.clear();
    if (rule == rules.end())
      text = (*place)->body + "}";
    else
      append_row(text, data, *rule, {}, **place);
    if (!visit((*place)->id, text)) return;
  }
}

HttpResponse Control::answer(const HttpRequest& request, Seconds now) {
  try {
    const auto target = parse_target(request.target);
    if (!target || !target->path.starts_with(prefix))
      refuse("", fmt::format("POST {}{}…; GET {}…", prefix, fmt::join(actions, ", "), fmt::join(views, ", ")));
    if (request.method == "GET") return json_reply(200, look(*target));
    if (request.method != "POST") refuse("", "only GET and POST are known here");
    const Json body = request.body.empty() ? Json::object() : Json::parse(request.body, nullptr, false);
    if (body.is_discarded()) refuse("", "the body is not JSON");
    return json_reply(200, act(std::string_view(target->path).substr(prefix.size()), body, now).dump());
  } catch (const Error& error) {
    const std::string pointer = error.problems().empty() ? "" : error.problems().front().pointer;
    return json_reply(422, Json{{"member", pointer}, {"detail", error.message()}}.dump());
  }
}

Json Control::act(std::string_view action, const Json& body, Seconds now) {
  if (action == "modify") return modify(body, now);
  if (action == "add") return add(body, now);
  if (action == "delete") return remove(body, now);
  if (action == "faults") {
    faults_.replace(body);
    return faults_.describe();
  }
  if (action == "options") {
    set_options(body);
    return describe_options();
  }
  if (action == "reset_calls") {
    calls_ = {};
    return calls_.describe();
  }
  refuse("", fmt::format("\"{}\" is not known{}; there are {}", action, did_you_mean(action, actions),
                         fmt::join(actions, ", ")));
}

std::string Control::look(const Target& target) const {
  const std::string_view view = std::string_view(target.path).substr(prefix.size());
  if (view == "counts") return counts().dump();
  if (view == "calls") return calls_.describe().dump();
  if (view == "faults") return faults_.describe().dump();
  if (view == "options") return describe_options().dump();
  const std::string table = parameter(target, "table", "");
  if (view == "checksum") return Json{{"table", table}, {"checksum", checksum(table)}}.dump();
  if (view == "rows") {
    return rows(table, number_of("after", parameter(target, "after", "0")),
                number_of("limit", parameter(target, "limit", "1000")));
  }
  refuse("",
         fmt::format("\"{}\" is not known{}; there are {}", view, did_you_mean(view, views), fmt::join(views, ", ")));
}

Json Control::counts() const {
  Json out = Json::object();
  for (const TableTraits& traits : table_traits()) out[std::string(traits.name)] = data_.count(traits.name);
  return out;
}

std::string Control::rows(std::string_view table, std::int64_t after, std::int64_t limit) const {
  need_table(table);
  std::string out = "{\"rows\":[";
  std::int64_t taken = 0;
  std::int64_t last = 0;
  bool more = false;
  for_each_row(data_, table, after, [&](std::int64_t id, const std::string& json) {
    more = taken == limit;
    if (more) return false;
    if (taken++ > 0) out += ',';
    out += json;
    last = id;
    return true;
  });
  return out + (more ? fmt::format("],\"next_after\":{}}}", last) : "],\"next_after\":null}");
}

std::string Control::checksum(std::string_view table) const {
  need_table(table);
  std::uint64_t sum = 0xCBF29CE484222325ULL;
  for_each_row(data_, table, 0, [&](std::int64_t, const std::string& json) {
    for (const char c : json) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return true;
  });
  return fmt::format("{:016x}", sum);
}

std::vector<std::int64_t> Control::pick_ids(std::string_view table, const Json& body) {
  std::vector<std::int64_t> ids;
  if (body.contains("id")) ids.push_back(count_of(body, "id", 1));
  if (body.contains("ids")) {
    if (!body["ids"].is_array()) refuse("ids", "must be an array of ids");
    for (const Json& id : body["ids"]) {
      if (!id.is_number_integer()) refuse("ids", "must be an array of ids");
      ids.push_back(id.get<std::int64_t>());
    }
  }
  std::vector<std::int64_t> known;
  for_each_row(data_, table, 0, [&](std::int64_t id, const std::string&) { return known.push_back(id), true; });
  for (const std::int64_t id : ids) {
    if (!std::ranges::binary_search(known, id)) refuse("id", fmt::format("there is no row {} in \"{}\"", id, table));
  }
  if (!ids.empty()) return ids;
  if (!body.contains("count")) refuse("count", "say which rows: \"id\", \"ids\" or \"count\"");
  auto count = count_of(body, "count", 0);
  if (count > std::ssize(known)) refuse("count", fmt::format("there are only {} rows in \"{}\"", known.size(), table));
  // Any so many of them: the first steps of a shuffle.
  for (std::size_t i = 0; std::ssize(ids) < count; ++i) {
    std::swap(known[i],
              known[i + static_cast<std::size_t>(dice_.below(std::ssize(known) - static_cast<std::ptrdiff_t>(i)))]);
    ids.push_back(known[i]);
  }
  std::ranges::sort(ids);
  return ids;
}

Json Control::modify(const Json& body, Seconds now) {
  const std::string table = table_of(body);
  const Json set = body.value("set", Json::object());
  if (!set.is_object()) refuse("set", "must be an object of members and values");
  const TableTraits& traits = *data_.traits(table);
  if (set.contains(traits.key)) refuse("set", fmt::format("\"{}\" is the key and cannot change", traits.key));
  if (set.empty() && traits.modified.empty() && table != "order_products") {
    refuse("set", fmt::format("is needed: rows of \"{}\" carry no date of their last change", table));
  }
  const auto ids = pick_ids(table, body);
  data_.modify(table, ids, set, now);
  return {{"modified", ids}};
}

Json Control::add(const Json& body, Seconds now) {
  const std::string table = table_of(body);
  const auto count = body.contains("count") ? count_of(body, "count", 0) : 1;
  return {{"added", data_.add(table, static_cast<std::size_t>(count), now)}};
}

Json Control::remove(const Json& body, Seconds now) {
  const std::string table = table_of(body);
  if (table == "order_products" || table == "store_information")
    refuse("table", "delete \"orders\" with \"hard\": true; their line items go with them");
  const auto ids = pick_ids(table, body);
  if (table == "orders" && !body.value("hard", false)) {
    data_.archive_orders(ids, now);
    return {{"archived", ids}};
  }
  data_.remove(table, ids);
  return {{"deleted", ids}};
}

void Control::set_options(const Json& body) {
  static const std::vector<std::string> names = {"quota",          "window_ms",    "latency_ms", "scopes",
                                                 "max_page_size",  "access_token", "over_limit", "day_granular_filters",
                                                 "lists_archived", "live_rate"};
  if (!body.is_object()) refuse("", "the body must be an object of options");
  SampleStoreOptions next = options_;
  for (const auto& [name, value] : body.items()) {
    if (std::ranges::find(names, name) == names.end())
      refuse(name, fmt::format("is not known{}; there are {}", did_you_mean(name, names), fmt::join(names, ", ")));
    try {
      if (name == "quota") next.quota = count_of(body, name, 0);
      if (name == "window_ms") next.window = Duration(count_of(body, name, 1));
      if (name == "latency_ms") next.latency = Duration(count_of(body, name, 0));
      if (name == "max_page_size") next.max_page_size = count_of(body, name, 1);
      if (name == "scopes") next.scopes = value.get<std::vector<std::string>>();
      if (name == "access_token") next.access_token = value.get<std::string>();
      if (name == "day_granular_filters") next.day_granular_filters = value.get<bool>();
      if (name == "lists_archived") next.lists_archived = value.get<bool>();
      if (name == "live_rate") next.live_rate = value.get<double>();
      if (name == "over_limit") {
        if (value != "refuse" && value != "clamp") refuse(name, "must be \"refuse\" or \"clamp\"");
        next.over_limit = value == "clamp" ? OverLimit::clamp : OverLimit::refuse;
      }
    } catch (const Json::exception&) {
      refuse(name, "has a value of the wrong type");
    }
  }
  options_ = std::move(next);
}

Json Control::describe_options() const {
  return {{"quota", options_.quota},
          {"window_ms", options_.window.count()},
          {"latency_ms", options_.latency.count()},
          {"scopes", options_.scopes},
          {"max_page_size", options_.max_page_size},
          {"access_token", options_.access_token},
          {"over_limit", options_.over_limit == OverLimit::clamp ? "clamp" : "refuse"},
          {"day_granular_filters", options_.day_granular_filters},
          {"lists_archived", options_.lists_archived},
          {"live_rate", options_.live_rate}};
}

}  // namespace sluice::sample_store
