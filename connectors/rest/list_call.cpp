#include "connectors/rest/list_call.hpp"

#include "connectors/rest/parent_record.hpp"
#include "connectors/rest/record_count.hpp"
#include "connectors/rest/target.hpp"
#include "connectors/rest/verdict.hpp"
#include "connectors/rest/walk.hpp"
#include "core/backoff.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

// How often one page is asked for when its text comes broken.
constexpr int most_readings = 3;

std::optional<Time> date_of(const HttpResponse& response) {
  const auto date = response.headers.find("Date");
  return date ? parse_rfc2822(*date) : std::nullopt;
}

Error failure(const Table& table, const Verdict& verdict) {
  std::string message = verdict.detail;
  if (verdict.code == "source.scope_missing" && !table.scopes.empty()) {
    message = "the access token may not read " + table.name + ": it lacks the scope " + table.scopes.front() +
              "; create credentials that have it and authenticate again";
  } else if (verdict.kind == ErrorKind::auth) {
    message = "the source refused the access token; check that it was not revoked, and authenticate again";
  } else if (message.empty()) {
    message = "the source did not answer with a list";
  }
  const bool is_throttled = verdict.action == Action::wait;
  return {is_throttled ? ErrorKind::throttled : verdict.kind, verdict.code, message};
}

}  // namespace

Task<ListAnswer> ask_list(const ListCall& call, std::string target, std::optional<int> page,
                          const std::string& count_target) {
  int broken = 0;
  int empty = 0;
  Stake stake = call.stake;
  std::optional<std::int64_t> counted;
  while (true) {
    HttpRequest request;
    request.target = target;
    HttpResponse response = co_await call.http.send(std::move(request));
    const Verdict verdict = judge(response);
    ListAnswer answer;
    answer.served_at = date_of(response).value_or(call.clock.now());
    if (verdict.action != Action::use && verdict.action != Action::end) throw failure(call.table, verdict);

    if (verdict.action != Action::use) response.body.clear();
    auto decoded =
        co_await attempt(call.pool.run([&] { return call.decoder.decode(std::move(response.body), call.given); }));
    if (decoded) {
      answer.page = std::move(decoded).take();
      const bool has_records = answer.page.facts.records > 0;
      if (has_records && empty > 0) call.source.has_lied = true;
      // Nobody says "none" by mistake where there are some, only nothing.
      if (!has_records && !counted && !count_target.empty() && !call.source.overcounts) {
        counted = co_await ask_count(call.http, count_target);
        if (counted == 0) co_return answer;
        if (counted) stake = Stake::refuted;
      }
      if (call.counts_itself && !answer.page.facts.total) stake = Stake::refuted;
      if (empty >= confirmations_wanted(answer.page.facts, page, stake, call.source)) {
        call.source.overcounts = call.source.overcounts || (counted && !has_records);
        co_return answer;
      }
      co_await call.clock.sleep(backoff_delay(between_looks, ++empty, random_unit()));
      continue;
    }
    // A text that was cut on its way is whole the next time.
    const Error error = to_error(decoded.failure());
    if (error.kind() != ErrorKind::transient || ++broken == most_readings) throw error;
    co_await call.clock.sleep(backoff_delay(Backoff{}, broken, random_unit()));
  }
}

Task<RowBatch> read_whole(const ListCall& call, const std::string& base_path, std::optional<Time> since) {
  const Walk walk(call.table, since);
  RangePosition place = walk.whole();
  std::size_t largest_page = 0;
  RowBatch rows;
  while (!place.done) {
    ListCall page = call;
    // What was promised has been kept.
    if (rows.rows.rows() > 0) page.stake = std::min(page.stake, Stake::some);
    ListAnswer answer =
        co_await ask_list(page, request_target(base_path, call.table, {}, walk.query(place)), numbered_page(place));
    const PageFacts& facts = answer.page.facts;
    place = walk.advance(place, facts, largest_page);
    largest_page = std::max(largest_page, facts.records);
    append(rows, std::move(answer.page.batches.front()));
  }
  co_return rows;
}

}  // namespace sluice
