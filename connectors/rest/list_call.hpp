#pragma once
// One call of a list: asks, judges the answer, and decodes it on the pool.

#include "connectors/http/client.hpp"
#include "connectors/record.hpp"
#include "connectors/rest/credibility.hpp"
#include "core/blocking_pool.hpp"
#include "core/clock.hpp"
#include "core/task.hpp"

#include <optional>
#include <span>
#include <string>

namespace sluice {

struct ListAnswer {
  DecodedPage page;
  Time served_at{};  // the source's clock
};

/// Everything here outlives the call.
struct ListCall {
  HttpClient& http;
  BlockingPool& pool;
  Clock& clock;
  const Table& table;  // whose list it is
  const PageDecoder& decoder;
  std::span<const std::string> given;  // see PageDecoder::given
  Credibility& source;
  Stake stake = Stake::some;
  bool counts_itself = false;  // the list says with each page how long it is: an answer without that is none of its own
};

/// Throws what `http` throws, and Error of the kind that the answer's status means; {missing, …} for 404. An answer
/// that cannot be decoded is asked for again before it is an error, and one without records before it is believed.
/// `page`: see numbered_page; `count_target`: what counts the records that the answer shows the first of, if there is
/// such a thing.
Task<ListAnswer> ask_list(const ListCall& call, std::string target, std::optional<int> page,
                          const std::string& count_target = {});

/// All pages of the list, one after another; see Walk for `since`.
Task<RowBatch> read_whole(const ListCall& call, const std::string& base_path, std::optional<Time> since);

}  // namespace sluice
