#include "server/ctl/log_reader.hpp"

#include "core/json.hpp"
#include "core/setting_value.hpp"
#include "server/ctl/numbered_lines.hpp"
#include "server/ctl/outcome.hpp"
#include "server/ctl/progress.hpp"
#include "server/ctl/render.hpp"
#include "server/ctl/request.hpp"

#include <string_view>

namespace sluice::ctl {
namespace {

constexpr std::int64_t page_size = 500;
constexpr Duration pause{1'000};

class LogReader {
 public:
  LogReader(ApiClient& api, Console& console, const Invocation& invocation)
      : api_(api),
        console_(console),
        as_json_(invocation.option("output") == "json"),
        job_("/v1/jobs/" + percent_encode(invocation.path.at(0))),
        pages_(with_parameter(request_of(invocation, std::nullopt).target, "limit", std::to_string(page_size))),
        after_(parse_integer(invocation.option("after").value_or("0")).value_or(0)) {}

  HttpResponse run(bool follows) {
    while (true) {
      // Asked first: lines written before the end are then on the pages that follow.
      bool is_last = !follows;
      if (follows) {
        const HttpResponse job = api_.get(job_);
        if (!is_success(job)) return job;
        is_last = has_ended(Json::parse(job.body, nullptr, false));
      }
      HttpResponse page = print_pages();
      if (!is_success(page) || is_last) return page;
      console_.sleep(pause);
    }
  }

 private:
  HttpResponse print_pages() {
    while (true) {
      HttpRequest request;
      request.target = with_parameter(pages_, "after", std::to_string(after_));
      request.headers.set("Accept", "application/x-ndjson");
      HttpResponse page = api_.send(std::move(request));
      if (!is_success(page) || print(page.body) < page_size) return page;
    }
  }

  std::int64_t print(std::string_view lines) {
    const PrintedLines printed = print_lines(console_, lines, "number", as_json_, log_line_of);
    after_ = printed.last.value_or(after_);
    return printed.count;
  }

  ApiClient& api_;
  Console& console_;
  bool as_json_;
  std::string job_;
  std::string pages_;
  std::int64_t after_;
};

}  // namespace

HttpResponse print_log(ApiClient& api, Console& console, const Invocation& invocation) {
  return LogReader(api, console, invocation).run(invocation.has("follow"));
}

}  // namespace sluice::ctl
