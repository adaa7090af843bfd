#include "tests/sample_store/control.hpp"

#include "core/error.hpp"
#include "core/nearest.hpp"
#include "tests/sample_store/control_body.hpp"
#include "tests/sample_store/line_items.hpp"
#include "tests/sample_store/list_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::sample_store {
namespace {

constexpr std::string_view prefix = "/_control/";
const std::vector<std::string> actions = {"modify", "add", "delete", "faults", "poison", "options", "reset_calls"};
const std::vector<std::string> views = {"counts", "rows", "calls", "checksum", "faults", "poison", "options", "tables"};

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
  if (action == "modify" || action == "add" || action == "delete") {
    const std::string name = table_of(body);
    const TableDescription* table = described_table(name);
    if (table != nullptr && !table->view_of.empty()) {
      Json of_the_other = body;
      of_the_other["table"] = table->view_of;
      return act(action, of_the_other, now);
    }
    if (table != nullptr) {
      if (action == "modify") return described_control_.modify(*table, body, now);
      if (action == "add") return described_control_.add(*table, body, now);
      return described_control_.remove(*table, body, now);
    }
  }
  if (action == "modify") return modify(body, now);
  if (action == "add") return add(body, now);
  if (action == "delete") return remove(body, now);
  if (action == "faults") {
    faults_.replace(body);
    return faults_.describe();
  }
  if (action == "poison") {
    poison_.replace(body);
    return poison_.describe();
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
  if (view == "poison") return poison_.describe().dump();
  if (view == "options") return describe_options().dump();
  const std::string table = parameter(target, "table", "");
  if (view == "tables") return Json(table_names()).dump();
  if (view == "checksum") return Json{{"table", table}, {"checksum", checksum(table)}}.dump();
  if (view == "rows") {
    return rows(table, number_of("after", parameter(target, "after", "0")),
                number_of("limit", parameter(target, "limit", "1000")), parameter(target, "include", ""));
  }
  refuse("",
         fmt::format("\"{}\" is not known{}; there are {}", view, did_you_mean(view, views), fmt::join(views, ", ")));
}

Json Control::counts() const {
  Json out = Json::object();
  for (const TableTraits& traits : table_traits()) out[std::string(traits.name)] = data_.count(traits.name);
  for (const TableDescription& table : described_tables())
    out[std::string(table.name)] = described_control_.count(table);
  return out;
}

std::string Control::rows(std::string_view table, std::int64_t after, std::int64_t limit,
                          const std::string& includes) const {
  need_table(table);
  std::string out = "{\"rows\":[";
  if (const TableDescription* described = described_table(table))
    return described_rows(*described, after, limit, includes);
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

std::string Control::described_rows(const TableDescription& table, std::int64_t after, std::int64_t limit,
                                    const std::string& includes) const {
  Json out{{"rows", Json::array()}, {"parents", Json::array()}, {"next_after", nullptr}};
  std::vector<std::string> names;
  for (std::size_t at = 0; at < includes.size();) {
    const auto comma = std::min(includes.find(',', at), includes.size());
    names.push_back(includes.substr(at, comma - at));
    at = comma + 1;
  }
  std::int64_t last = 0;
  described_control_.for_each(table, after, names, [&](RowRef row, const Json& json) {
    if (std::ssize(out["rows"]) == limit) {
      out["next_after"] = last;
      return false;
    }
    out["rows"].push_back(json);
    out["parents"].push_back(described_control_.parent_of(table, row));
    last = row.ordinal;
    return true;
  });
  return out.dump();
}

std::string Control::checksum(std::string_view table) const {
  need_table(table);
  std::uint64_t sum = 0xCBF29CE484222325ULL;
  const auto add = [&](std::string_view json) {
    for (const char c : json) sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return true;
  };
  if (const TableDescription* described = described_table(table))
    described_control_.for_each(*described, 0, {}, [&](RowRef, const Json& json) { return add(json.dump()); });
  else
    for_each_row(data_, table, 0, [&](std::int64_t, const std::string& json) { return add(json); });
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

}  // namespace sluice::sample_store
