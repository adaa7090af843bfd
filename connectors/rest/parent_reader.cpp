#include "connectors/rest/parent_reader.hpp"

#include "connectors/rest/parent_record.hpp"
#include "connectors/rest/target.hpp"
#include "core/error.hpp"
#include "core/http.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

/// Few parents on a page, so that little is asked again after a kill.
constexpr int parents_per_page = 50;

std::size_t place_of(std::vector<MemberPath>& captures, const MemberPath& path) {
  const auto known = std::ranges::find(captures, path);
  if (known != captures.end()) return static_cast<std::size_t>(known - captures.begin());
  captures.push_back(path);
  return captures.size() - 1;
}

MemberPath source_of(const Table& table, const std::string& field) {
  const Field* found = table.find_field(field);
  return found == nullptr ? MemberPath{field} : found->source;
}

bool is_any_set(const std::vector<std::size_t>& captures, const std::vector<std::string>& parent) {
  return std::ranges::any_of(captures, [&](std::size_t at) { return is_set(parse_captured(parent[at])); });
}

/// The parents' list as these children need it.
Table list_for(const Table& parents, const std::vector<Lane>& lanes) {
  Table list = parents;
  list.paging.page_size = std::min(list.paging.page_size, parents_per_page);
  // Whether parents are gone is for their own reading to find out.
  list.deletes = DeleteKind::none;
  if (lanes.front().table->parent->choice == ParentChoice::all) list.increment.reset();
  for (const Lane& lane : lanes) add_to_query(list.query, lane.table->parent->include);
  return list;
}

}  // namespace

/// One table below the parents.
struct ParentReader::Child {
  Child(const Lane& lane, std::vector<MemberPath>& captures, const Table& parents)
      : lane(lane), table(*lane.table), decoder(table, {lane}) {
    for (const std::string& field : table.parent->when_any)
      conditions.push_back(place_of(captures, source_of(parents, field)));
    for (const std::string& field : table.parent->promised_by)
      promises.push_back(place_of(captures, source_of(parents, field)));
    for (const auto& [field, value] : table.parent->skip)
      skips.emplace_back(place_of(captures, source_of(parents, field)), Json(value).dump());
    for (const auto& path : table.parent->rows) rows.push_back(place_of(captures, {path.front()}));
    for (const MemberPath& given : decoder.given()) {
      const bool of_parent = given.front() == "^";
      sources.push_back(of_parent ? place_of(captures, MemberPath(given.begin() + 1, given.end())) : 0);
    }
  }

  bool may_have_rows_under(const std::vector<std::string>& parent) const {
    const bool is_ruled_out = std::ranges::any_of(skips, [&](const auto& it) { return parent[it.first] == it.second; });
    return !is_ruled_out && (conditions.empty() || is_any_set(conditions, parent));
  }
  /// How much hangs on an answer without rows under this parent.
  Stake stake(const std::vector<std::string>& parent) const {
    if (is_any_set(promises, parent)) return Stake::refuted;
    // Where the parent does not say that something is below it, there mostly is not.
    return conditions.empty() ? Stake::none : Stake::some;
  }

  Lane lane;
  const Table& table;
  PageDecoder decoder;
  std::vector<std::size_t> conditions;                     // captures of which one must be set
  std::vector<std::size_t> promises;                       // captures that say that there are rows
  std::vector<std::pair<std::size_t, std::string>> skips;  // captures, and the JSON text that rules a call out
  std::vector<std::size_t> rows;                           // captures that the objects for {row} stand in
  std::vector<std::size_t> sources;                        // per given value of the decoder: its capture
  std::optional<Time> since;                               // parents that changed before have nothing new
  std::size_t in_flight = 0;
};

struct ParentReader::Call {
  std::size_t child = 0;
  std::vector<std::string> given;
  std::string path_parent;  // as it stands in the path
  std::string path_row;
  Stake stake = Stake::none;
};

/// What one page of parents asks for.
struct ParentReader::Work {
  std::vector<Call> calls;
  std::size_t next = 0;
  std::vector<RowBatch> batches;
  std::size_t records = 0;
};

ParentReader::ParentReader(std::unique_ptr<HttpClient> http, std::shared_ptr<const RequestStats> stats,
                           BlockingPool& pool, Clock& clock, RestRead read, std::size_t calls_ahead)
    : http_(http.get()),
      pool_(pool),
      clock_(clock),
      base_path_(read.base_path),
      account_(read.account),
      source_(read.source),
      calls_ahead_(std::max<std::size_t>(1, calls_ahead)),
      list_(list_for(*read.request.carrier, read.request.lanes)) {
  ParentWalk walk;
  // The key comes first, then the date of change if there is one.
  place_of(captures_, source_of(list_, list_.key.front()));
  if (list_.increment) place_of(captures_, source_of(list_, list_.increment->field));
  for (const Lane& lane : read.request.lanes) {
    children_.push_back(std::make_unique<Child>(lane, captures_, list_));
    const Table& table = *lane.table;
    walk.deep_look_back = std::max(walk.deep_look_back, table.parent->look_back);
    walk.changes_inside = walk.changes_inside || (table.increment && !list_.increment);
    if (table.max_in_flight > 0) calls_ahead_ = std::min(calls_ahead_, table.max_in_flight);
  }
  walk.captures = captures_;
  read.request.carrier = &list_;
  read.request.lanes.clear();
  if (calls_ahead_ == 1) read.ranges = 1;
  parents_ =
      std::make_unique<RestReader>(std::move(http), std::move(stats), pool, clock, std::move(read), std::move(walk));
}

ParentReader::~ParentReader() = default;

Task<Json> ParentReader::begin() {
  Json position = co_await parents_->begin();
  const PassPosition& pass = parents_->pass();
  for (const auto& child : children_) {
    child->since.reset();
    if (pass.mode != PassMode::incremental || !pass.cursor) continue;
    const Duration usual = list_.increment          ? std::max(list_.increment->look_back, list_.increment->granularity)
                           : child->table.increment ? child->table.increment->look_back
                                                    : Duration{0};
    child->since = *pass.cursor - (pass.is_sweep ? std::max(usual, child->table.parent->look_back) : usual);
  }
  co_return position;
}

Task<std::optional<Page>> ParentReader::next(std::size_t range) {
  auto parents = co_await parents_->next_parents(range);
  if (!parents) co_return std::nullopt;
  Work work;
  work.batches.resize(children_.size());
  plan_page(*parents, work);
  if (!work.calls.empty()) co_await work_off(work, std::min(calls_ahead_, work.calls.size()));
  co_return Page{range, std::move(parents->page.range_position), std::move(work.batches), work.records};
}

void ParentReader::plan_page(const ParentPage& parents, Work& work) const {
  for (const auto& parent : parents.parents) plan_parent(parent, work);
}

void ParentReader::plan_parent(const std::vector<std::string>& parent, Work& work) const {
  const Json key = parse_captured(parent.front());
  if (key.is_null()) return;
  for (std::size_t i = 0; i < children_.size(); ++i) {
    const Child& child = *children_[i];
    if (child.since && list_.increment && changed_before(parent[1], *list_.increment, *child.since)) continue;
    // Whatever the answers show replaces what was there, nothing included.
    if (key.is_number_integer()) work.batches[i].parents.push_back(key.get<std::int64_t>());
    if (!child.may_have_rows_under(parent)) continue;

    Call call{i, {}, path_text(key), {}, child.stake(parent)};
    for (const std::size_t source : child.sources) call.given.push_back(parent[source]);
    for (std::size_t g = 0; g < call.given.size(); ++g) {
      if (child.decoder.given()[g].front() == "@") call.given[g] = Json(account_).dump();
    }
    if (child.rows.empty()) {
      work.calls.push_back(std::move(call));
      continue;
    }
    for (std::size_t r = 0; r < child.rows.size(); ++r) {
      const MemberPath& path = child.table.parent->rows[r];
      for (const Json& row : objects_at(parse_captured(parent[child.rows[r]]), std::span(path).subspan(1))) {
        Call below = call;
        below.path_row = path_text(row.value("id", Json()));
        for (std::size_t g = 0; g < below.given.size(); ++g) {
          const MemberPath& given = child.decoder.given()[g];
          if (given.front() == "~") below.given[g] = row.value(given.back(), Json()).dump();
        }
        if (!below.path_row.empty()) work.calls.push_back(std::move(below));
      }
    }
  }
}

/// Side by side; the first failure ends them all.
Task<void> ParentReader::work_off(Work& work, std::size_t workers) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (workers <= 1) {
    co_await work_off(work);
    co_return;
  }
  co_await (work_off(work, workers / 2) && work_off(work, workers - workers / 2));
}

Task<void> ParentReader::work_off(Work& work) {
  while (work.next < work.calls.size()) {
    const Call call = work.calls[work.next++];
    try {
      co_await read_rows(call, work);
    } catch (const Error& error) {
      throw error.within(children_[call.child]->table.name + " of " + list_.name + " " + call.path_parent);
    }
  }
}

Task<void> ParentReader::read_rows(const Call& call, Work& work) {
  Child& child = *children_[call.child];
  Table table = child.table;
  fill_in(table, call.path_parent, call.path_row);
  const ListCall list{*http_, pool_, clock_, table, child.decoder, call.given, *source_, call.stake};
  auto rows = co_await attempt(read_whole(list, base_path_, child.since));
  if (!rows) {
    const Error error = to_error(rows.failure());
    // The parent went meanwhile, and its rows with it.
    if (error.kind() == ErrorKind::missing) co_return;
    throw error;
  }
  work.records += rows.value().rows.rows();
  append(work.batches[call.child], std::move(rows).take());
}

}  // namespace sluice
