// The options of a running store, read and set.

#include "tests/sample_store/control.hpp"
#include "tests/sample_store/control_body.hpp"

#include "core/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sample_store {

void Control::set_options(const Json& body) {
  static const std::vector<std::string> names = {"quota",          "window_ms",    "latency_ms", "scopes",
                                                 "max_page_size",  "access_token", "over_limit", "day_granular_filters",
                                                 "lists_archived", "live_rate",    "other_token"};
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
      if (name == "other_token") next.other_token = value.get<std::string>();
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
          {"other_token", options_.other_token},
          {"over_limit", options_.over_limit == OverLimit::clamp ? "clamp" : "refuse"},
          {"day_granular_filters", options_.day_granular_filters},
          {"lists_archived", options_.lists_archived},
          {"live_rate", options_.live_rate}};
}

}  // namespace sluice::sample_store
