#include "server/ctl/change_reader.hpp"

#include "core/error.hpp"
#include "core/json.hpp"
#include "server/ctl/outcome.hpp"
#include "server/ctl/render.hpp"
#include "server/ctl/request.hpp"

#include <algorithm>
#include <optional>
#include <ostream>
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
    std::int64_t count = 0;
    while (!lines.empty()) {
      const std::string_view text = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(std::min(lines.size(), text.size() + 1));
      const Json change = Json::parse(text, nullptr, false);
      if (!change.is_object() || !change.contains("position") || !change.at("position").is_number_integer()) {
        throw Error(ErrorKind::bug, "ctl.bad_answer", "a change is no JSON object with a position");
      }
      after_ = std::to_string(change.at("position").get<std::int64_t>());
      console_.out << (as_json_ ? std::string(text) : change_line_of(change)) << '\n';
      ++count;
    }
    console_.out << std::flush;
    return count;
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
