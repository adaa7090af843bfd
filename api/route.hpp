#pragma once
// A route is a row of data: matching, 405 and OPTIONS, scope checks, body and parameter checks and the OpenAPI document
// all read the same table.

#include "api/shape.hpp"
#include "core/clock.hpp"
#include "core/http.hpp"
#include "core/task.hpp"
#include "storage/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
struct ApiContext;
}

namespace sluice::api {

struct Call;
using Handler = Task<HttpResponse> (*)(const ApiContext& context, const Call& call);

struct Parameter {
  std::string name;
  Shape shape;
  bool is_list = false;  // commas mean or
};

enum class Precondition { none, if_match };
/// Whether a call makes the daemon call the source: those have a smaller rate limit.
enum class SourceUse { none, always, when_confirmed };

/// RFC 9745 and RFC 8594: what still works but should be left, and until when it works.
struct Deprecation {
  Time since;
  std::optional<Time> sunset = {};
  std::string_view successor = {};  // path to use instead
};

struct Route {
  std::string_view method;
  std::string_view path;            // "/v1/integrations/{integration}"
  std::optional<TokenScope> scope;  // none: open to everyone
  Handler handler = nullptr;
  std::string_view summary;
  bool only_looks = false;    // changes nothing, whatever its method
  bool can_rehearse = false;  // takes ?dry_run=true; effects outside the control database ask context.rehearsal first
  SourceUse source = SourceUse::none;
  std::string_view body = {};      // name of a shape; "" when none is taken
  std::string_view answer = {};    // name of a shape; "" when the answer has no body
  std::vector<int> statuses = {};  // of success, the usual one first
  std::vector<Parameter> parameters = {};
  std::vector<std::string_view> problems = {};  // besides those that every route may give
  Precondition precondition = Precondition::none;
  std::vector<std::string_view> media = {"application/json"};
  std::optional<Deprecation> deprecation = {};
  std::string_view plan = {};  // the handler itself answers ?dry_run=true, with this shape
};

const std::vector<Route>& routes();

}  // namespace sluice::api
