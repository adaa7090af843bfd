#pragma once
// What a source is. A connector knows its tables and how to log in; a Source reads one account; a TableReader walks
// one list (and the tables embedded in it) from a position to the end. Progress travels with the data: each page
// carries the position that becomes true once its rows are durable.

#include "connectors/catalogue.hpp"
#include "connectors/record.hpp"
#include "core/clock.hpp"
#include "core/date_window.hpp"
#include "core/json.hpp"
#include "core/log.hpp"
#include "core/secret.hpp"
#include "core/task.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

class CurrentCredentials;

struct ConnectorInfo {
  std::string name;  // "bigcommerce"
  std::string title;
  std::string version;
  std::string meaning;
  Json credentials_schema;          // JSON Schema of what `authenticate` takes
  std::vector<std::string> scopes;  // what the credentials should be granted
};

struct Credentials {
  std::string account;    // which account this is; re-authentication must not change it (BigCommerce: store hash)
  std::string client_id;  // may be empty
  Secret access_token;
  std::int64_t version = 0;  // rises with each exchange; 0: not stored
};

enum class Access { granted, denied, failed };

struct TableAccess {
  std::string table;
  Access access = Access::granted;
  std::string scope;                      // denied: the scope that is missing
  std::string detail;                     // failed: what happened
  std::optional<std::int64_t> rows = {};  // of its list, where the source says it without reading it
};

/// What logging in showed.
struct Account {
  std::string name;
  std::string plan;
  std::string time_zone;
  std::string currency;
  std::optional<std::int64_t> calls_per_minute = {};  // what the quota allows
  std::vector<TableAccess> tables = {};               // every table of the catalogue
};

/// Cumulative since the reader was made.
struct ReadStats {
  std::int64_t calls = 0;
  std::int64_t bytes = 0;  // decoded body bytes
  Duration throttled{0};   // time spent waiting for quota
};

struct Page {
  std::size_t range = 0;
  Json range_position;            // goes to position["ranges"][range] once durable
  std::vector<RowBatch> batches;  // one per lane of the request
  std::size_t records = 0;
};

/// How many records a list has by its source's own count: the least and the most while it was read.
struct RecordTotal {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

struct ReadRequest {
  const Table* carrier = nullptr;  // whose list is walked; its per_parent tables are asked for under each record
  std::vector<Lane> lanes;         // the carrier itself and tables embedded in it, or per_parent tables of it
  Json position;                   // null: never read
  std::optional<Time> start_date;
  bool is_reload = false;  // a null position means: read all again, and what is not shown is gone
  /// Only these records of the carrier, by its key, if the source can be asked for them in fewer calls than for all.
  std::vector<std::int64_t> only = {};
  bool finds_deletes = true;                    // whether anybody wants to know what is gone
  std::optional<Duration> sweep_interval = {};  // how often to look at all there is; none: the connector's default
  /// Only what changed within it, of a table that was read before: the place between passes stays as it is, but for how
  /// far back the table has been read. A pass of another kind that is under way is ended first.
  std::optional<DateWindow> window = {};
};

/// Positions are the reader's own JSON, opaque to all others but for these facts: "ranges" is an array of
/// the positions of independent ranges while a pass is under way, "mode" says of what kind that is and
/// "since" from which date on it shows changes, and a finished pass has none. "read_from" is the date from which on
/// changes have been read, null for all of them; it is missing where nobody knows, and where no date cuts what is read.
/// A backfill that waits is "backfill": {"since", "until", ...}.
class TableReader {
 public:
  virtual ~TableReader() = default;
  /// Makes the calls that are needed to plan the pass; returns the position to start from, with its "ranges".
  /// A null or finished position begins a new pass; one with ranges goes on where they stand. Throws
  /// Error{config, "source.bad_position"} on a position that is not this reader's.
  virtual Task<Json> begin() = 0;
  /// The next page of a range, or nothing when it is read to its end. Different ranges may be read side by side.
  virtual Task<std::optional<Page>> next(std::size_t range) = 0;
  /// After every range ended: the position between passes. Makes no calls.
  virtual Json finish() = 0;
  /// After begin: whether this pass goes through every record that exists, so that what it does not show is gone.
  virtual bool shows_everything() const = 0;
  /// After the last page: whether it really showed all that was asked for, and did not lose its way while rows moved.
  virtual bool is_complete_pass() const = 0;
  /// How many records the pass will show, when the source said so.
  virtual std::optional<std::int64_t> expected_records() const = 0;
  /// After the last page, before `finish`: how many records the carrier's list has, where the pass showed all of it and
  /// the source counts them. One call, unless its answer is silent. Throws only when it is cancelled.
  virtual Task<std::optional<RecordTotal>> total() { co_return std::nullopt; }
  virtual ReadStats stats() const = 0;
};

class Source {
 public:
  virtual ~Source() = default;
  /// The source outlives its readers, and the connector its sources. Readers of one source may run side by side.
  virtual std::unique_ptr<TableReader> read(ReadRequest request) = 0;
};

class Connector {
 public:
  virtual ~Connector() = default;
  virtual const ConnectorInfo& info() const = 0;
  virtual const Catalogue& catalogue() const = 0;
  /// From the body of `authenticate`; throws Error{config, "credentials.invalid"} with problems().
  virtual Credentials parse_credentials(const Json& body) const = 0;
  /// Logs in and probes each table. Throws Error{auth, "source.auth_failed"} when the credentials are refused,
  /// Error{transient, "source.unreachable"} when nobody answers.
  virtual Task<Account> authenticate(const Credentials& credentials) = 0;
  /// The source takes the credentials of each request from there.
  virtual std::unique_ptr<Source> open(std::shared_ptr<CurrentCredentials> credentials, const Log& log) = 0;
};

using Connectors = std::vector<std::unique_ptr<Connector>>;

/// nullptr: there is none of that name.
Connector* find_connector(const Connectors& connectors, std::string_view name);

}  // namespace sluice
