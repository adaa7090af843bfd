#include "server/ctl/change_reader.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "server/ctl/numbered_lines.hpp"
#include "server/ctl/outcome.hpp"
#include "server/ctl/render.hpp"
#include "server/ctl/request.hpp"

#include <optional>
#include <string_view>

namespace sluice::ctl {
namespace {

constexpr std::int64_t page_size = 500;
constexpr const char* first_page_size = "10";
constexpr Duration pause{1'000};
// A daemon that restarts meanwhile is waited for.
constexpr Duration patience{60'000};

class ChangeReader {
 public:
  ChangeReader(ApiClient& api, Console& console, const Invocation& invocation)
      : api_(api),
        console_(console),
        as_json_(invocation.option("output") == "json"),
        target_(request_of(invocation, std::nullopt).target),
        after_(invocation.option("after")) {}

  HttpResponse run() {
    while (true) {
      const HttpResponse page = ask();
      if (!is_success(page)) return page;
      if (print(page.body) < page_size) console_.sleep(pause);
    }
  }

 private:
  HttpResponse ask() {
    HttpRequest request;
    request.target = with_parameter(target_, "limit", after_ ? std::to_string(page_size) : first_page_size);
    if (after_) request.target = with_parameter(request.target, "after", *after_);
    request.headers.set("Accept", "application/x-ndjson");
    const SteadyTime begin = console_.now();
    while (true) {
      try {
        HttpResponse page = api_.send(request);
        if (page.status != 503 || console_.now() - begin >= patience) return page;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::transient || console_.now() - begin >= patience) throw;
      }
      console_.sleep(pause);
    }
  }

  std::int64_t print(std::string_view lines) {
    const PrintedLines printed = print_lines(console_, lines, "position", as_json_, change_line_of);
    if (printed.last) after_ = std::to_string(*printed.last);
    return printed.count;
  }

  ApiClient& api_;
  Console& console_;
  bool as_json_;
  std::string target_;
  std::optional<std::string> after_;
};

}  // namespace

HttpResponse print_changes(ApiClient& api, Console& console, const Invocation& invocation) {
  return ChangeReader(api, console, invocation).run();
}

}  // namespace sluice::ctl
