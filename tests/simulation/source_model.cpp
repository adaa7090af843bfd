#include "tests/simulation/source_model.hpp"

#include "connectors/current_credentials.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

#include <algorithm>
#include <limits>

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t page_size = 4;
constexpr Duration sweep_interval = 90s;

Time time_in(const Json& value) { return *parse_iso8601(value.get<std::string>()); }

/// As connectors/rest does, in short: a first load, a sweep and a table without dates walk two ranges of keys; a pass
/// over changes walks by date and key within [cursor, its beginning).
class Reader final : public TableReader {
 public:
  Reader(World& world, std::int64_t epoch, std::shared_ptr<CurrentCredentials> credentials, IntegrationId account,
         ReadRequest request)
      : world_(world),
        epoch_(epoch),
        credentials_(std::move(credentials)),
        account_(std::move(account)),
        request_(std::move(request)),
        position_(request_.position) {}

  Task<Json> begin() override {
    co_await call();
    const bool begins = !position_.is_object() || !position_.contains("ranges");
    if (begins) plan();
    co_return position_;
  }

  Task<std::optional<Page>> next(std::size_t range) override {
    co_await call();
    Json& place = position_["ranges"][range];
    if (place.value("is_over", false)) co_return std::nullopt;
    Page page;
    page.range = range;
    page.batches.resize(request_.lanes.size());
    const auto found = place.contains("time") ? changes_behind(place) : keys_behind(place);
    if (found.empty()) co_return std::nullopt;
    for (const auto& [key, row] : found) {
      for (RowBatch& batch : page.batches) batch.parents.insert(batch.parents.end(), {key, row.version});
    }
    page.records = found.size();
    place["key"] = found.back().first;
    if (place.contains("time")) place["time"] = format_rfc3339(found.back().second.modified);
    page.range_position = place;
    co_return page;
  }

  Json finish() override {
    const bool is_whole = shows_everything();
    return {{"cursor", position_["began"]}, {"swept", is_whole ? position_["began"] : position_["swept"]}};
  }
  bool shows_everything() const override { return position_["mode"] != "changes"; }
  bool is_complete_pass() const override { return true; }
  std::optional<std::int64_t> expected_records() const override { return std::nullopt; }
  ReadStats stats() const override { return {calls_, calls_ * 100, 0ms}; }

 private:
  using Rows = std::vector<std::pair<std::int64_t, SourceRow>>;

  const std::map<std::int64_t, SourceRow>& rows() const {
    return world_.integration(account_).source_of(request_.carrier->name);
  }

  void plan() {
    const std::string now = format_rfc3339(world_.now());
    const Json before = position_;
    const bool has_dates = request_.carrier->increment.has_value();
    if (!before.is_null() && has_dates && world_.now() - time_in(before["swept"]) < sweep_interval) {
      const Json& cursor = before["cursor"];
      const Json range{{"from", cursor}, {"time", cursor}, {"key", 0}};
      position_ = {{"mode", "changes"}, {"began", now}, {"cursor", cursor}, {"swept", before["swept"]}};
      position_["ranges"] = Json::array({range});
      return;
    }
    const std::int64_t last = rows().empty() ? 0 : rows().rbegin()->first;
    const std::int64_t middle = last / 2;
    position_ = {{"mode", before.is_null() ? "initial" : "sweep"}, {"began", now}};
    if (!before.is_null()) position_["cursor"] = before["cursor"];
    position_["ranges"] =
        Json::array({{{"above", 0}, {"key", 0}, {"upto", middle}},
                     {{"above", middle}, {"key", middle}, {"upto", std::numeric_limits<std::int64_t>::max()}}});
  }

  Rows keys_behind(const Json& place) const {
    Rows found;
    const auto upto = place["upto"].get<std::int64_t>();
    for (auto row = rows().upper_bound(place["key"].get<std::int64_t>());
         row != rows().end() && row->first <= upto && found.size() < page_size; ++row) {
      found.push_back(*row);
    }
    return found;
  }

  Rows changes_behind(const Json& place) const {
    const auto from = std::pair(time_in(place["time"]), place["key"].get<std::int64_t>());
    const Time until = time_in(position_["began"]);
    Rows found;
    for (const auto& row : rows()) {
      if (row.second.modified < until && std::pair(row.second.modified, row.first) > from) found.push_back(row);
    }
    const auto by_date = [](const auto& row) { return std::pair(row.second.modified, row.first); };
    std::ranges::sort(found, {}, by_date);
    if (found.size() > page_size) found.resize(page_size);
    return found;
  }

  Task<void> call() {
    ++calls_;
    world_.ownership.asks(account_, epoch_);
    co_await clock_.sleep(Duration(world_.between(50, 900)));
    if (credentials_->now().version < world_.integration(account_).accepted) {
      const bool is_newer = co_await credentials_->renew(credentials_->now().version);
      if (!is_newer || credentials_->now().version < world_.integration(account_).accepted) {
        world_.note("refused", account_.str());
        throw Error(ErrorKind::auth, "source.auth_failed", "401");
      }
    }
    if (!world_.chance(world_.weather.source)) co_return;
    const auto& kinds = world_.weather.source_kinds;
    const ErrorKind kind = kinds[world_.dice() % kinds.size()];
    world_.note("source fails", to_string(kind));
    if (kind == ErrorKind::throttled && world_.chance(0.7)) {
      co_await clock_.sleep(Duration(world_.between(1'000, 30'000)));
      co_return;
    }
    throw Error(kind, "source.failed", "bad weather");
  }

  World& world_;
  std::int64_t epoch_;
  SystemClock clock_;
  std::shared_ptr<CurrentCredentials> credentials_;
  IntegrationId account_;
  ReadRequest request_;
  Json position_;
  std::int64_t calls_ = 0;
};

class ModelSource final : public Source {
 public:
  ModelSource(World& world, std::shared_ptr<CurrentCredentials> credentials)
      : world_(world),
        epoch_(world.ownership.taken_over(IntegrationId(credentials->now().account))),
        credentials_(std::move(credentials)) {}
  std::unique_ptr<TableReader> read(ReadRequest request) override {
    const IntegrationId account(credentials_->now().account);
    count_reads(request);
    return std::make_unique<Reader>(world_, epoch_, credentials_, account, std::move(request));
  }

 private:
  void count_reads(const ReadRequest& request) {
    const auto run = std::ranges::find(world_.runs, epoch_, &RunRow::epoch);
    if (run == world_.runs.end()) return;
    for (JobRow& row : world_.jobs) {
      const Job& job = row.job;
      const auto is_of_job = [&](const Lane& lane) { return lane.table->name == job.table; };
      if (job.run != run->run.id || job.finished_at || std::ranges::none_of(request.lanes, is_of_job)) continue;
      ++row.reads;
      world_.demand(row.reads <= row.tries, job.table + ": each read is part of an attempt that was counted");
    }
  }

  World& world_;
  std::int64_t epoch_;
  std::shared_ptr<CurrentCredentials> credentials_;
};

}  // namespace

std::unique_ptr<Source> ModelConnector::open(std::shared_ptr<CurrentCredentials> credentials, const Log&) {
  return std::make_unique<ModelSource>(world_, std::move(credentials));
}

}  // namespace sluice::simulation
