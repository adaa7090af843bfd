#include "storage/destination/session_owner.hpp"

namespace sluice {
namespace {

constexpr const char* set_name_sql = "select set_config('application_name', $1, false)";

// Only sessions of one's own role show their names and may be ended. The case keeps the cast from other names.
constexpr const char* end_earlier_sql = R"(
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
    and case when application_name ~ ('^' || $1 || '[0-9]{1,18}$')
             then substr(application_name, length($1) + 1)::bigint < $2::bigint end)";

}  // namespace

void displace_earlier_owners(PgConnection& connection, const SessionOwner& owner) {
  const std::string prefix = "sluice/" + owner.integration.str() + "/";
  const std::string epoch = std::to_string(owner.epoch);
  connection.exec(set_name_sql, {prefix + epoch});
  connection.exec(end_earlier_sql, {prefix, epoch});
}

}  // namespace sluice
