#include "tests/support/test_postgres.hpp"

#include "storage/database.hpp"
#include "storage/migrations.hpp"
#include "tests/support/postgres_programs.hpp"

#include <libpq-fe.h>

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace sluice {
namespace {

namespace fs = std::filesystem;

/// Lives outside of the test program's process tree, so that it survives whatever kills that: the end of standard input
/// says that the program is gone.
constexpr const char* keeper = R"(
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c max_connections=100 \
  -c shared_buffers=64MB -c autovacuum=off >"$2/log" 2>&1 </dev/null &
server=$!
read -r _
kill -QUIT $server
wait $server
rm -rf "$2"
)";

}  // namespace

TestPostgres& TestPostgres::instance() {
  static TestPostgres postgres;
  return postgres;
}

TestPostgres::TestPostgres() : directory_(make_server_directory()) {
  const fs::path binaries = postgres_binaries();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  lifeline_ = ends[1];
  run_program(as_server_user({binaries / "initdb", "-D", directory_ / "data", "-U", "postgres", "--auth=trust",
                              "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"}),
              -1, directory_ / "initdb.log");
  std::vector<std::string> watch{"setsid", "--fork"};
  const auto command = as_server_user({"sh", "-c", keeper, "keeper", binaries, directory_});
  watch.insert(watch.end(), command.begin(), command.end());
  run_program(watch, ends[0], directory_ / "keeper.log");
  close(ends[0]);
  wait_for_server(url("postgres"));
}

TestPostgres::~TestPostgres() { close(lifeline_); }

std::string TestPostgres::url(const std::string& database) const {
  return "postgresql:///" + database + "?host=" + directory_.string() + "&user=postgres";
}

std::string TestPostgres::execute(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 && PQnfields(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string TestPostgres::create_database(const std::string& origin) {
  static std::mutex one_at_a_time;
  const std::scoped_lock lock(one_at_a_time);
  if (origin == "control" && !has_template_) {
    execute(url("postgres"), "create database control");
    Database database({.url = Secret(url("control")), .connections = 1});
    migrate(database);
    has_template_ = true;
  }
  const std::string name = "test_" + std::to_string(++databases_);
  execute(url("postgres"), "create database " + name + " template " + origin);
  return url(name);
}

std::string TestPostgres::fresh_database() { return create_database("template0"); }

std::string TestPostgres::control_database() { return create_database("control"); }

}  // namespace sluice
