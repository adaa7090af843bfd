#pragma once
// The data plane: loading rows into a PostgreSQL destination. Rows, checkpoint and counters of a batch commit in one
// transaction under a fence, so that the effect is exactly once whatever dies in between. Everything here blocks.

#include "connectors/http/address_rule.hpp"
#include "connectors/record.hpp"
#include "connectors/table.hpp"
#include "core/json.hpp"
#include "core/secret.hpp"
#include "storage/identifier.hpp"
#include "storage/model.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// How to reach a destination: the parameters that a user may give, nothing else of libpq's.
struct DestinationAddress {
  std::vector<std::string> hosts;  // names, addresses or (embedded only) a socket directory
  std::vector<int> ports{5432};    // one for all hosts, or one for each
  /// Which addresses the hosts may have.
  AddressRule reach = AddressRule::any;
  std::string database;
  std::string user;
  Secret password;
  std::string sslmode = "prefer";  // disable, prefer, require, verify-ca, verify-full
  std::string sslrootcert;
  Duration connect_timeout{10'000};
};

/// From a destination record's parameters, which may name private networks but neither metadata services nor sockets;
/// throws Error{config, "destination.invalid"} with problems() (unknown members
/// with the nearest known one, wrong types, unknown sslmode, socket paths).
DestinationAddress parse_destination(const Json& parameters, const Secret& password);
/// From a libpq URL or connection string (the embedded cluster, the bench): the operator's, not an API user's.
DestinationAddress parse_connection_url(const Secret& url);

/// A table whose rows follow those of another one when they go.
struct FollowingTable {
  Identifier name;
  std::string parent_column;
};

/// A table at the destination as this integration fills it.
struct DestinationTable {
  IntegrationId integration;
  Identifier schema;
  Identifier name;  // "<integration>_<table>"
  const Table* table = nullptr;
  std::vector<const Field*> fields;  // in this order; key fields included
  std::shared_ptr<const std::vector<Field>> own =
      {};                                 // those of `fields` that the connector's table has not, or not so
  std::vector<std::string> widened = {};  // names of those whose type was made wider
  std::optional<Identifier> parent =
      {};                       // table of its parent, when the integration fills that, too, and rows there can go
  std::string parent_key = {};  // key column of that table
  DeletePolicy deletes = DeletePolicy::soft;
  std::optional<Duration> sweep_interval = {};  // how often its deletes are looked for; none: the connector's default
  std::vector<FollowingTable> followers = {};   // of this integration, that look for rows gone from here
  std::string generation = {};                  // "": the table that people read; "reload": its next rows, beside it

  /// What it is called in the bookkeeping.
  std::string registered_name() const { return generation.empty() ? table->name : table->name + "/" + generation; }
};

/// The next rows of a table, in a table of Sluice's own. `job` fills it.
DestinationTable beside(const DestinationTable& target, const JobId& job);

/// The rows that the last reload put aside.
struct KeptGeneration {
  Time kept_at{};
  std::int64_t rows = 0;  // live ones
  bool operator==(const KeptGeneration&) const = default;
};

struct DestinationCheck {
  std::string server_version;
  std::string database;
  std::string user;
  bool can_create = false;            // in the schema (or may create the schema)
  std::vector<std::string> warnings;  // superuser, no TLS to another host, …
};

struct Checkpoint {
  Json position;                 // null: never loaded
  std::int64_t rows = 0;         // live rows
  JobId last_job = {};           // whose the last batch was; empty: nobody's yet
  Counters last_job_wrote = {};  // by all batches of that job; of rows alone
};

/// For whom a session works: one claim of a run.
struct SessionOwner {
  IntegrationId integration;
  std::int64_t epoch = 0;
};

class DestinationConnection {
 public:
  /// Of several hosts, to the first that takes writes. Error{transient, "destination.unreachable"}, {config,
  /// "destination.auth_failed"}, {config, "destination.no_database"}, {config, "destination.tls_failed"}, {config,
  /// "destination.forbidden_address"}.
  /// With an owner, the session carries its name, and sessions of the integration's earlier owners are ended: a frozen
  /// one would keep its locks for minutes.
  static std::unique_ptr<DestinationConnection> open(const DestinationAddress& address,
                                                     const std::optional<SessionOwner>& owner = {});
  virtual ~DestinationConnection() = default;

  virtual DestinationCheck check(const Identifier& schema) = 0;
  /// Creates schema, table and `_sluice` bookkeeping as needed, adds missing columns, widens the types of `widened`,
  /// sets comments. Idempotent. Throws Error{config, "destination.column_in_use"} when a view needs such a column as it
  /// is, Error{config, "destination.foreign_table"} when a table of that name exists that this integration did not
  /// make, Error{config, "destination.no_create_right"}.
  virtual void prepare(const std::vector<DestinationTable>& tables) = 0;
  /// Does what prepare does and takes it back: throws what it would throw, and leaves nothing.
  virtual void rehearse(const std::vector<DestinationTable>& tables) = 0;
  /// Raises the fence of each table to `epoch` and reads its checkpoint. Error{conflict, "destination.fenced"} when a
  /// newer owner was here.
  virtual std::vector<Checkpoint> take_over(const std::vector<DestinationTable>& tables, std::int64_t epoch) = 0;
  /// Where the next read goes on; null: from the beginning. The rows stay. Throws like take_over.
  virtual void set_position(const DestinationTable& table, const Json& position, std::int64_t epoch) = 0;
  /// What is in `beside` becomes the rows of `target`, in one transaction, and the old rows are kept. Throws like
  /// take_over.
  virtual void replace(const DestinationTable& target, const DestinationTable& beside, std::int64_t epoch) = 0;
  virtual std::optional<KeptGeneration> kept(const DestinationTable& target) = 0;
  /// Back to the kept rows and their position; Error{missing, "destination.nothing_kept"}.
  virtual void roll_back(const DestinationTable& target, std::int64_t epoch) = 0;
  /// Forgets generations that were put aside before; returns how many.
  virtual int forget_kept(Time before) = 0;
  /// Foreign keys that keep the rows of `target` from being replaced, "schema.table (constraint)".
  virtual std::vector<std::string> references_to(const DestinationTable& target) = 0;
  /// What of others hangs on a column, so that its type cannot change: "view public.totals".
  virtual std::vector<std::string> dependents(const DestinationTable& table, const std::string& column) = 0;
  /// Drops tables that this integration made, with their bookkeeping. Others are left alone.
  virtual void drop(const std::vector<DestinationTable>& tables) = 0;
  /// From another thread: ends the statement at hand.
  virtual void cancel() noexcept = 0;
};

/// What a complete pass has led to.
struct RowCount {
  std::int64_t rows = 0;       // live ones that the pass could have shown, counted
  std::int64_t lost = 0;       // records of the pass that became no row; one that was shown twice may count twice
  bool may_hold_more = false;  // than the pass could show, such as rows of records that are gone
};

/// Loads the pages of one read into its tables, batch by batch. All tables of a writer share one position.
class BatchWriter {
 public:
  /// `jobs` are per table, same order. The connection must outlive the writer and be used by nobody else meanwhile.
  static std::unique_ptr<BatchWriter> make(DestinationConnection& connection, std::vector<DestinationTable> tables,
                                           std::vector<JobId> jobs, std::int64_t epoch);
  virtual ~BatchWriter() = default;

  /// Streams a page's rows (one RowBatch per table, same order) into the open batch, beginning one if there is none.
  virtual void append(const std::vector<RowBatch>& batches) = 0;
  virtual std::size_t rows_in_batch() const = 0;
  virtual std::size_t bytes_in_batch() const = 0;

  /// Per table: what this batch did (read, inserted, updated, unchanged, deleted, rejected) and the live rows after it.
  struct Result {
    Counters counters;
    std::int64_t rows = 0;
    std::optional<RowCount> counted = {};  // of the lane that was to be counted
  };
  /// Merges the batch, stores position and counters, commits. Works without rows, too. Throws Error{conflict,
  /// "destination.fenced"} when a newer owner took the tables over; nothing of the batch is kept then.
  /// `snapshot` tracks which keys a complete pass has shown; `ends_snapshot` marks live rows it did not show as deleted
  /// (Error{data, "destination.too_many_deletes"} when that would be more than a tenth of at least 20 live rows).
  struct Commit {
    Json position;
    bool snapshot = false;
    bool starts_snapshot = false;
    bool ends_snapshot = false;
    std::optional<Time> snapshot_from = {};        // what changed before says nothing by its absence
    bool ends_pass = false;                        // rows of parents that are gone follow them
    std::optional<std::size_t> counted_lane = {};  // the pass showed all of it: count what is there at its end
  };
  virtual std::vector<Result> commit(const Commit& commit) = 0;
};

}  // namespace sluice
