#include "tests/sample_store/list_query.hpp"

#include "core/http.hpp"
#include "core/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace sluice::sample_store {
namespace {

using Kind = FilterRule::Kind;
constexpr Seconds day = 86400;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const auto comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> read_positive(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1) return std::nullopt;
  return value;
}

Seconds to_seconds(Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

/// A date in one of the two documented forms. The zone may be any offset, with or without a colon.
std::optional<Time> read_date_time(std::string_view text, bool may_be_rfc2822) {
  const auto parse = [&](std::string_view part) {
    auto time = parse_iso8601(part);
    return time || !may_be_rfc2822 ? time : parse_rfc2822(part);
  };
  const auto sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || text.find(':') == std::string_view::npos || sign < text.find(':'))
    return parse(text);
  std::string digits(text.substr(sign + 1));
  std::erase(digits, ':');
  const auto offset = read_number(digits);
  if (digits.size() != 4 || !offset) return std::nullopt;
  const int zone = static_cast<int>(*offset);
  const auto local = parse(std::string(text.substr(0, sign)) + "+0000");
  const std::chrono::minutes ahead(zone / 100 * 60 + zone % 100);
  if (!local) return std::nullopt;
  return text[sign] == '+' ? *local - ahead : *local + ahead;
}

class Reader {
 public:
  Reader(const ListRule& rule, const SampleStoreOptions& options, Time now)
      : rule_(rule), options_(options), now_(now) {}

  std::variant<ListQuery, Refusal> read(const Query& query) {
    out_.sort = "id";
    out_.descending = rule_.descending;
    for (const auto& [name, value] : query) read_parameter(name, value);
    if (!unknown_.empty() && !rule_.is_v2()) {
      return Refusal{422, fmt::format("The filter(s): {} are not valid filter parameter(s).", unknown_)};
    }
    if (refusal_) return *refusal_;
    const std::int64_t most = rule_.max_limit > 0 ? rule_.max_limit : options_.max_page_size;
    if (out_.limit > most) {
      if (options_.over_limit == OverLimit::refuse)
        return Refusal{413, fmt::format("The limit is above the maximum of {}.", most)};
      out_.limit = most;
    }
    // The documents: options and modifiers reduce a page of products to ten.
    if (out_.asks_for("options") || out_.asks_for("modifiers")) out_.limit = std::min<std::int64_t>(out_.limit, 10);
    return std::move(out_);
  }

 private:
  void read_parameter(const std::string& name, const std::string& value) {
    if (name == "page") {
      out_.has_page = true;
      return read_count(name, value, out_.page);
    }
    if (name == "limit") return read_count(name, value, out_.limit);
    if (name == "sort" && !rule_.sorts.empty()) return read_sort(value);
    const bool has_direction = rule_.has_direction || (!rule_.sorts.empty() && !rule_.sorts_by_suffix);
    if (name == "direction" && has_direction) return read_direction(name, value);
    if (name == "include" && !rule_.includes.empty()) return read_includes(value);
    if (name == "consignment_structure" && rule_.table == "orders") {
      out_.consignment_object = value == "object";
      return;
    }
    if (name == "include_fields" && rule_.chooses_fields) return void(out_.include_fields = split(value));
    if (name == "exclude_fields" && rule_.chooses_fields) return void(out_.exclude_fields = split(value));
    if (rule_.paging == ListRule::Paging::v3_with_cursor && name == "after") return void(out_.after = value);
    if (rule_.paging == ListRule::Paging::v3_with_cursor && name == "before") return void(out_.before = value);
    const auto filter = std::ranges::find(rule_.filters, name, &FilterRule::parameter);
    if (filter != rule_.filters.end()) return read_filter(*filter, value);
    unknown_ += (unknown_.empty() ? "" : ", ") + name;
  }

  void refuse(std::string_view name) {
    if (!refusal_) refusal_ = Refusal{rule_.is_v2() ? 400 : 422, fmt::format("The field '{}' is invalid.", name)};
  }

  void read_count(const std::string& name, const std::string& value, std::int64_t& out) {
    if (const auto count = read_positive(value))
      out = *count;
    else
      refuse(name);
  }

  void read_direction(std::string_view name, std::string_view value) {
    if (value != "asc" && value != "desc") return refuse(name);
    out_.descending = value == "desc";
  }

  void read_sort(std::string_view value) {
    const auto colon = value.find(':');
    const std::string_view member = rule_.sorts_by_suffix ? value.substr(0, colon) : value;
    if (std::ranges::find(rule_.sorts, member) == rule_.sorts.end()) return refuse("sort");
    out_.sort = member;
    if (!rule_.sorts_by_suffix) return;
    out_.descending = false;
    if (colon != std::string_view::npos) read_direction("sort", value.substr(colon + 1));
  }

  void read_includes(std::string_view value) {
    for (std::string& include : split(value)) {
      if (std::ranges::find(rule_.includes, include, &IncludeRule::parameter) == rule_.includes.end())
        return refuse("include");
      out_.includes.push_back(std::move(include));
    }
  }

  void read_filter(const FilterRule& rule, const std::string& value) {
    Filter filter{.rule = rule};
    switch (rule.kind) {
      case Kind::accepted:
        return;
      case Kind::text:
      case Kind::contains:
        filter.texts = {value};
        break;
      case Kind::texts:
      case Kind::not_text:
        filter.texts = split(value);
        break;
      case Kind::truth:
      case Kind::low_stock:
      case Kind::sold_out:
        if (value != "true" && value != "false" && value != "1" && value != "0") return refuse(rule.parameter);
        filter.numbers = {value == "true" || value == "1" ? 1.0 : 0.0};
        break;
      case Kind::adds:
        if (value == "true") out_.includes.emplace_back(rule.parameter);
        return;
      case Kind::on_date:
      case Kind::not_on_date:
      case Kind::min_date:
      case Kind::max_date:
        if (!read_date(filter, value)) return refuse(rule.parameter);
        break;
      default:
        for (const std::string& part : split(value)) {
          const auto number = read_number(part);
          if (!number) return refuse(rule.parameter);
          filter.numbers.push_back(*number);
        }
    }
    out_.filters.push_back(std::move(filter));
  }

  bool read_date(Filter& filter, std::string_view value) {
    const auto time = read_date_time(value, rule_.is_v2());
    if (!time) return false;
    Seconds seconds = to_seconds(*time);
    const bool date_only = value.size() == 10;
    if (date_only && rule_.fills_time_of_day) seconds += to_seconds(now_) % day;
    const bool whole_day = options_.day_granular_filters || (date_only && filter.rule.kind == Kind::on_date);
    const Seconds first = whole_day ? seconds - seconds % day : seconds;
    const Seconds last = whole_day ? first + day - 1 : seconds;
    const Kind kind = filter.rule.kind;
    filter.from = kind == Kind::max_date ? std::numeric_limits<Seconds>::min() : first;
    filter.to = kind == Kind::min_date ? std::numeric_limits<Seconds>::max() : last;
    return true;
  }

  const ListRule& rule_;
  const SampleStoreOptions& options_;
  Time now_;
  ListQuery out_;
  std::string unknown_;
  std::optional<Refusal> refusal_;
};

/// The text of a member, also of one inside an object ("billing_address.email").
std::string_view value_at(std::string_view body, std::string_view path) {
  const auto dot = path.find('.');
  const std::string_view value = member_of(body, path.substr(0, dot));
  return dot == std::string_view::npos ? value : member_of(value, path.substr(dot + 1));
}

std::string text_at(const Record& record, std::string_view members) {
  std::string text;
  while (true) {
    const auto space = members.find(' ');
    if (!text.empty()) text += ' ';
    text += plain_text(value_at(record.body, members.substr(0, space)));
    if (space == std::string_view::npos) return text;
    members.remove_prefix(space + 1);
  }
}

std::vector<double> numbers_at(const Record& record, std::string_view member) {
  if (member == "id") return {static_cast<double>(record.id)};
  if (member == "status_id") return {static_cast<double>(record.status)};
  std::string_view value = value_at(record.body, member);
  if (value.empty()) value = record.part(member);
  if (value.starts_with('[')) value = value.substr(1, value.size() - 2);
  std::vector<double> numbers;
  for (const std::string& part : split(value)) {
    if (const auto number = read_number(plain_text(part))) numbers.push_back(*number);
  }
  return numbers;
}

std::optional<Seconds> date_at(const Record& record, std::string_view member) {
  if (member == "date_modified") return record.modified;
  if (member == "date_created") return record.created;
  const auto time = parse_iso8601(plain_text(member_of(record.body, member)));
  if (!time) return std::nullopt;
  return to_seconds(*time);
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool number_matches(const Record& record, const Filter& filter) {
  const auto test = [&](double value) {
    const double first = filter.numbers.front();
    switch (filter.rule.kind) {
      case Kind::at_least:
        return value >= first;
      case Kind::at_most:
        return value <= first;
      case Kind::above:
        return value > first;
      case Kind::below:
        return value < first;
      default:
        return std::ranges::find(filter.numbers, value) != filter.numbers.end();
    }
  };
  const bool found = std::ranges::any_of(numbers_at(record, filter.rule.member), test);
  return filter.rule.kind == Kind::not_numbers ? !found : found;
}

/// Whether a product has no more left than `least`; it cannot run out where its stock is not tracked.
bool has_at_most(const Record& record, double least) {
  if (plain_text(member_of(record.body, "inventory_tracking")) == "none") return false;
  return read_number(member_of(record.body, "inventory_level")).value_or(0) <= least;
}

}  // namespace

bool ListQuery::asks_for(std::string_view include) const {
  return std::ranges::find(includes, include) != includes.end();
}

std::variant<ListQuery, Refusal> read_list_query(const ListRule& rule, const Query& query,
                                                 const SampleStoreOptions& options, Time now) {
  return Reader(rule, options, now).read(query);
}

bool matches(const Record& record, const Filter& filter) {
  const std::string_view member = filter.rule.member == "category_id" ? "id" : filter.rule.member;
  switch (filter.rule.kind) {
    case Kind::accepted:
    case Kind::parent:
    case Kind::adds:
      return true;
    case Kind::truth: {
      const bool wanted = filter.numbers.front() != 0.0;
      if (member == "is_deleted") return record.archived == wanted;
      return (member_of(record.body, member) == "true") == wanted;
    }
    case Kind::low_stock:
      return has_at_most(record, read_number(member_of(record.body, member)).value_or(0)) ==
             (filter.numbers.front() != 0.0);
    case Kind::sold_out:  // 0 does not ask for the others
      return filter.numbers.front() == 0.0 || has_at_most(record, 0);
    case Kind::on_date:
    case Kind::min_date:
    case Kind::max_date: {
      const auto date = date_at(record, member);
      return date && *date >= filter.from && *date <= filter.to;
    }
    case Kind::not_on_date: {
      const auto date = date_at(record, member);
      return !date || *date < filter.from || *date > filter.to;
    }
    case Kind::contains:
      return lower(text_at(record, member)).find(lower(filter.texts.front())) != std::string::npos;
    // Texts compare without regard to case, as the database behind such an API does.
    case Kind::text:
    case Kind::texts:
    case Kind::not_text: {
      const std::string text = text_at(record, member);
      const bool found =
          std::ranges::any_of(filter.texts, [&](const auto& wanted) { return equal_ignoring_case(text, wanted); });
      return found != (filter.rule.kind == Kind::not_text);
    }
    default:
      return number_matches(record, filter);
  }
}

}  // namespace sluice::sample_store
