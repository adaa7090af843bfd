#include "server/ctl/command_rows.hpp"

namespace sluice::ctl {

Option filter(std::string name, std::string value, std::string meaning, std::vector<std::string> choices) {
  std::string member = name;
  for (char& c : member) c = c == '-' ? '_' : c;
  return {.name = std::move(name),
          .value = std::move(value),
          .meaning = std::move(meaning),
          .place = Place::query,
          .member = std::move(member),
          .choices = std::move(choices)};
}

Option member(std::string name, std::string value, std::string meaning, std::vector<std::string> choices) {
  Option option = filter(std::move(name), std::move(value), std::move(meaning), std::move(choices));
  option.place = Place::body;
  return option;
}

Option list_member(std::string name, std::string value, std::string meaning, Form form) {
  Option option = member(std::move(name), std::move(value), std::move(meaning));
  option.form = form;
  return option;
}

Option query_flag(std::string name, std::string meaning) {
  Option option = filter(std::move(name), "", std::move(meaning));
  option.form = Form::flag;
  return option;
}

Option body_flag(std::string name, std::string meaning) {
  Option option = query_flag(std::move(name), std::move(meaning));
  option.place = Place::body;
  return option;
}

Option required(Option option) {
  option.is_required = true;
  return option;
}

Option frequency() { return member("frequency", "TIME", "15m, 1h, ..., 24h, an ISO 8601 duration, or manual"); }
Option start_date() { return member("start-date", "WHEN", "RFC 3339; earlier loads what is missing"); }
Option on_new_fields() {
  return member("on-new-fields", "WHAT", "what to do with fields that appear", {"ask", "add", "ignore"});
}
Option of_integration() { return filter("integration", "NAME", "only of this integration, a name or an id"); }
Option of_table() { return filter("table", "TABLE", "only of this table"); }
Option reason() { return member("reason", "TEXT", "why; shown until it is resumed"); }
Option until() { return member("until", "WHEN", "resumes by itself then (RFC 3339)"); }
Option pause_mode() {
  return member("mode", "MODE", "drain lets a load at hand end, now cancels it", {"drain", "now"});
}
Option reload_mode() {
  return member("mode", "MODE", "swap loads beside the table and changes over at the end, merge loads into it",
                {"swap", "merge"});
}

}  // namespace sluice::ctl
