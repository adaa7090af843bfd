#pragma once
// From an understood command line to the request that it stands for. Pure.

#include "core/http.hpp"
#include "core/json.hpp"
#include "server/ctl/invocation.hpp"

#include <optional>
#include <string_view>

namespace sluice::ctl {

/// The path with its arguments in place, without a query: where the object of the command is read, too.
std::string path_of(const Invocation& invocation);
/// `file` is the text of the file given with -f. Throws Error{data, "ctl.bad_file"} when it is no JSON object.
HttpRequest request_of(const Invocation& invocation, const std::optional<std::string>& file);
/// `target` with one more parameter.
std::string with_parameter(std::string target, std::string_view name, std::string_view value);

}  // namespace sluice::ctl
