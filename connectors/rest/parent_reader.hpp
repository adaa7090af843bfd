#pragma once
// Reads tables that have no list of their own: walks the list of their parents and asks under each parent. A page of
// parents goes out as one page of their rows, so that the position is the walk's own.

#include "connectors/rest/rest_reader.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluice {

class ParentReader final : public TableReader {
 public:
  /// `read.request.carrier` is the parents' table, its lanes per_parent tables of one kind: the same choice of parents,
  /// all or none with a date filter. `calls_ahead`: how many calls under the parents of one page run side by side.
  ParentReader(std::unique_ptr<HttpClient> http, std::shared_ptr<const RequestStats> stats, BlockingPool& pool,
               Clock& clock, RestRead read, std::size_t calls_ahead);
  ~ParentReader() override;

  Task<Json> begin() override;
  Task<std::optional<Page>> next(std::size_t range) override;
  Json finish() override { return parents_->finish(); }
  bool shows_everything() const override { return parents_->shows_everything(); }
  bool is_complete_pass() const override { return parents_->is_complete_pass(); }
  std::optional<std::int64_t> expected_records() const override { return std::nullopt; }
  Task<std::optional<RecordTotal>> total() override { return parents_->total(); }
  ReadStats stats() const override { return parents_->stats(); }

 private:
  struct Child;
  struct Call;
  struct Work;

  void plan_page(const ParentPage& parents, Work& work) const;
  void plan_parent(const std::vector<std::string>& parent, Work& work) const;
  Task<void> work_off(Work& work, std::size_t workers);
  Task<void> work_off(Work& work);
  Task<void> read_rows(const Call& call, Work& work);

  HttpClient* http_;  // the walk's
  BlockingPool& pool_;
  Clock& clock_;
  std::string base_path_;
  std::string account_;
  std::shared_ptr<Credibility> source_;
  std::size_t calls_ahead_;
  Table list_;  // the parents' list as it is walked here
  std::vector<MemberPath> captures_;
  std::vector<std::unique_ptr<Child>> children_;
  std::unique_ptr<RestReader> parents_;
};

}  // namespace sluice
