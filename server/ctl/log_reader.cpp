#include "server/ctl/log_reader.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/setting_value.hpp"
#include "server/ctl/outcome.hpp"
#include "server/ctl/progress.hpp"
#include "server/ctl/render.hpp"
#include "server/ctl/request.hpp"

#include <ostream>
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
    std::int64_t count = 0;
    while (!lines.empty()) {
      const std::string_view text = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(std::min(lines.size(), text.size() + 1));
      const Json line = Json::parse(text, nullptr, false);
      if (!line.is_object() || !line.contains("number") || !line.at("number").is_number_integer()) {
        throw Error(ErrorKind::bug, "ctl.bad_answer", "a line of the log is no JSON object with a number");
      }
      after_ = line.at("number").get<std::int64_t>();
      console_.out << (as_json_ ? std::string(text) : log_line_of(line)) << '\n';
      ++count;
    }
    console_.out << std::flush;
    return count;
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
