#pragma once
// Whether an answer is one that the OpenAPI document promises of its route: its status, its form, its headers. The
// fixture asks this of every answer of every test.

#include "core/http.hpp"
#include "core/json.hpp"

#include <string>

namespace sluice {

/// "" when it is, else what is wrong.
std::string broken_promise(const HttpRequest& request, const HttpResponse& response);

}  // namespace sluice
