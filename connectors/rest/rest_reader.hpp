#pragma once
// Reads one REST list from a position to its end: a walk says what to ask, the HTTP stack asks it, the pool decodes the
// answer, and each page goes out with the position that becomes true once its rows are durable.

#include "connectors/connector.hpp"
#include "connectors/http/layers.hpp"
#include "connectors/rest/position.hpp"
#include "connectors/rest/walk.hpp"
#include "core/blocking_pool.hpp"
#include "core/error.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct Verdict;

/// What is to be read, and how.
struct RestRead {
  std::string base_path;  // in front of a table's path, "/stores/abc123"
  ReadRequest request;
  std::size_t ranges = 4;       // how many ranges of one first load are read side by side, at most
  Duration safety_lag{60'000};  // how far behind the source's clock the cursor stays
};

class RestReader final : public TableReader {
 public:
  /// `http` throws what transport and throttling throw; a status is judged here. `stats` is what the HTTP stack counts.
  RestReader(std::unique_ptr<HttpClient> http, std::shared_ptr<const RequestStats> stats, BlockingPool& pool,
             Clock& clock, RestRead read);

  Task<Json> begin() override;
  Task<std::optional<Page>> next(std::size_t range) override;
  Json finish() override;
  bool is_complete_pass() const override;
  bool is_initial() const override { return pass_.mode == PassMode::initial; }
  std::optional<std::int64_t> expected_records() const override { return expected_; }
  ReadStats stats() const override { return {stats_->calls, stats_->bytes, stats_->throttled}; }

 private:
  struct Answer {
    DecodedPage page;
    Time served_at{};  // the source's clock
  };

  Task<void> plan(const std::optional<PassPosition>& previous);
  Task<Answer> ask(std::string target);
  Task<Page> read_page(std::size_t range);
  Error failure(const Verdict& verdict) const;
  std::string page_target(std::size_t range) const;
  std::string place(std::size_t range) const;
  const Table& table() const { return *read_.request.carrier; }

  std::unique_ptr<HttpClient> http_;
  std::shared_ptr<const RequestStats> stats_;
  BlockingPool& pool_;
  Clock& clock_;
  RestRead read_;
  PageDecoder decoder_;
  std::optional<Walk> walk_;  // from begin on
  PassPosition pass_;
  std::optional<Answer> first_page_;  // of range 0, when planning asked for it
  std::optional<std::int64_t> expected_;
};

}  // namespace sluice
