#pragma once
// What a write is about, as something that can be read: the audit and the plans of dry runs show it before and after.

#include "api/api.hpp"
#include "api/call.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::api {

struct Subject {
  const Route* route = nullptr;  // that reads it
  std::string path;
  PathValues values;

  /// "integration" of "/v1/integrations/acme/selection".
  std::string_view kind() const { return values.back().first; }
  const std::string& name() const { return values.back().second; }
  /// Whether the path names the thing itself and not a part of it.
  bool is_whole() const { return route->path.ends_with('}'); }
};

/// The nearest thing at or above a path that one GET shows. Pure.
std::optional<Subject> subject_of(std::span<const Route> routes, std::string_view path);

/// As its route shows it to the caller of `call`, hence without secrets; null when it is not there.
Task<Json> read_subject(const ApiContext& context, const Call& call, const Subject& subject);

/// What a successful answer is about: the thing that it made, else that of the path.
std::optional<Subject> subject_of(std::span<const Route> routes, const Call& call, const HttpResponse& response);

}  // namespace sluice::api
