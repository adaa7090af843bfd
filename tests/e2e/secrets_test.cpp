// Canaries: unmistakable values for every secret, a life with everything in it, and then a look wherever a secret might
// have gone, in any form.

#include "storage/master_keys.hpp"
#include "tests/e2e/leaks.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/replication_fixture.hpp"
#include "tests/e2e/seen_processes.hpp"
#include "tests/support/postgres_programs.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/run_to_end.hpp"

#include "core/http.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

namespace sluice {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string without(std::string text, const std::string& once) {
  if (const auto at = text.find(once); at != std::string::npos) text.erase(at, once.size());
  return text;
}

void look_at(const std::set<SeenProcess>& processes, Leaks& leaks) {
  for (const SeenProcess& process : processes) {
    leaks.look("the command line of " + process.command_line.substr(0, 100), process.command_line);
    leaks.look("the environment of " + process.command_line.substr(0, 100), process.environment);
  }
}

bool has_seen(const std::set<SeenProcess>& processes, std::string_view words) {
  return std::ranges::any_of(
      processes, [words](const SeenProcess& process) { return process.command_line.find(words) != std::string::npos; });
}

/// Of this process, for those that it starts meanwhile.
class Variables {
 public:
  explicit Variables(std::vector<std::pair<std::string, std::string>> all) : all_(std::move(all)) {
    for (const auto& [name, value] : all_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Variables() {
    for (const auto& [name, value] : all_) ::unsetenv(name.c_str());
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

class Canaries : public Replication {
 protected:
  void begin() {
    // Words are checked by the connector, passwords are free: with everything that must be escaped somewhere.
    token = secret("access token", "tkn9Canary7accessQ5Wx3jVb8mPz1");
    next_token = secret("next access token", "tkn4Canary2secondR6Yt0kLc7nDs5");
    file_token = secret("access token in a file", "tkn8Canary3infileT1Uq6hGf4vBz9");
    wrong_token = secret("refused access token", "tkn5Canary0refusedE7Ir2dSa9xKw");
    password = secret("destination password", R"(Pw7"Canary\dest/+%&=é Zq4vN8sT2)");
    refused_password = secret("refused destination password", R"(Pw3"Canary\refused/+%&=ö Hj6bM1cR)");
    file_password = secret("destination password in a file", R"(Pw8"Canary\infile/+%&=ü Kd2nW5xF)");
    const std::string database_password = secret("control database's password", "DbCanaryPassword5Gh8Jk2Lm9Np");
    const std::string key = "Q2FuYXJ5IG1hc3RlciBrZXkgb2YgMzIgYnl0ZXMhISE=";
    secret("master key", "Canary master key of 32 bytes!!!");
    secret("master key's line", key);

    const auto write = [&](const fs::path& file, const std::string& text) {
      std::ofstream(file) << text << '\n';
      fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    };
    write(key_file(), key);
    auto url = control_server.url("control");
    url.insert(url.find('@'), ":" + database_password);
    write(place.path() / "database.url", url);
    fs::create_directory(place.path() / "secrets");
    write(place.path() / "secrets" / "acme.token", file_token);
    write(place.path() / "secrets" / "warehouse.password", file_password);

    SampleStoreOptions options;
    options.access_token = token;
    options.orders = 60;
    options.products = 10;
    options.customers = 10;
    open_store(options);
    flags = {"--database.url_file", (place.path() / "database.url").string(), "--secrets.master_key_file",
             key_file().string()};
    auto all = flags;
    all.insert(all.end(), {"--log.level", "trace", "--api.secret_files", (place.path() / "secrets").string(),
                           "--scheduler.retry_cap", "1s", "--bigcommerce.idle_timeout", "1s",
                           "--bigcommerce.safety_lag", "1s", "--webhooks.allowed_hosts", "127.0.0.1:1"});
    start_daemon(all);
    destination = "warehouse";
    secret("first admin's token", daemon->admin_token());
    look_at_process();
  }

  std::string secret(const std::string& name, const std::string& value) {
    leaks.watch(name, value);
    return value;
  }

  /// `shown`: what this one answer is there to show, once.
  Json ask(int status, const std::string& method, const std::string& path, const Json& body = nullptr,
           const Headers& headers = {}, const std::string& shown = "") {
    boost::asio::io_context io;
    ApiClient client(io.get_executor(), daemon->url(), daemon->admin_token());
    Headers all{{"If-Match", "*"}};
    for (const auto& [name, value] : headers) all.set(name, value);
    const auto answer = run_to_end(io, client.ask(method + " " + path, body, all));
    const Json whole = answer.body;
    // What was asked for is under way already when the scheduler was quicker.
    const bool is_under_way = status == 202 && answer.status == 200;
    EXPECT_TRUE(answer.status == status || is_under_way) << answer.status << ' ' << path << '\n' << whole.dump(2);
    std::string text = whole.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (!shown.empty()) secret(shown, whole.at(shown == "webhook secret" ? "secret" : "token").get<std::string>());
    for (const auto& [name, value] : answer.headers) text += "\n" + name + ": " + value;
    if (!shown.empty()) text = without(text, whole.at(shown == "webhook secret" ? "secret" : "token"));
    leaks.look("the answer to " + method + " " + path.substr(0, path.find('?')), text);
    return whole;
  }
  Json items(const std::string& path) { return ask(200, "GET", path).at("items"); }

  Json credentials_with(const Json& access_token) const {
    return {{"store_hash", options_.store_hash}, {"client_id", options_.client_id}, {"access_token", access_token}};
  }
  Json parameters(std::uint16_t port) const {
    return {
        {"host", "127.0.0.1"}, {"port", port}, {"database", "warehouse"}, {"user", "postgres"}, {"sslmode", "disable"}};
  }
  void settle(const std::string& run) {
    EXPECT_TRUE(eventually(120s, [&] { return ask(200, "GET", "/v1/runs/" + run)["result"].is_string(); }));
  }
  void run_once() {
    const Json run = ask(202, "POST", "/v1/integrations/acme/sync", Json::object());
    if (run.contains("id")) settle(run["id"].get<std::string>());
  }
  void rotate() {
    note_keys();
    auto words = flags;
    words.insert(words.begin(), {"keys", "rotate"});
    Program rotation(std::move(words), place.path() / "output");
    EXPECT_EQ(rotation.wait(), 0) << rotation.output();
    leaks.look("the output of keys rotate", rotation.output());
    note_keys();
  }
  /// Keys that the rotation has made are secrets, too.
  void note_keys() {
    const Keyring keyring = MasterKeys{.file = key_file()}.load();
    for (const auto& key : keyring.keys()) {
      leaks.watch("key made by a rotation", key.key.reveal());
      leaks.watch("line of a key made by a rotation", Keyring({key.key}).text().reveal().substr(0, 44));
    }
  }
  /// A server that wants another password of this user.
  void refuse_stranger() {
    warehouse_server.ask("postgres", "create role stranger login password 'not the canary'");
    const auto rules = warehouse_server.directory() / "data" / "pg_hba.conf";
    const std::string before = content_of(rules);
    std::ofstream(rules) << "host all stranger 127.0.0.1/32 scram-sha-256\n" << before;
    warehouse_server.ask("postgres", "select pg_reload_conf()");
  }
  void look_at_process() {
    const auto process = fs::path("/proc") / std::to_string(daemon->pid());
    for (const char* name : {"cmdline", "environ"}) leaks.look(name, content_of(process / name));
  }
  fs::path key_file() const { return place.path() / "keys"; }

  TemporaryDirectory place;
  PostgresServer control_server{{"log_statement=all", "log_min_messages=info", "log_min_error_statement=info"}};
  PostgresServer warehouse_server{{"log_statement=all", "log_min_messages=info", "log_min_error_statement=info"}};
  Leaks leaks;
  std::vector<std::string> flags;
  std::string token, next_token, file_token, wrong_token, password, refused_password, file_password;
};

TEST_F(Canaries, are_seen_nowhere_after_a_life_with_everything_in_it) {
  begin();
  const auto port = warehouse_server.port();

  // Set-up, with what people get wrong.
  ask(201, "POST", "/v1/destinations",
      {{"name", "warehouse"}, {"parameters", parameters(port)}, {"password", password}});
  ask(201, "POST", "/v1/destinations",
      {{"name", "refused"}, {"parameters", parameters(1)}, {"password", refused_password}});
  ask(502, "POST", "/v1/destinations/refused/test", Json::object());
  refuse_stranger();
  Json as_stranger = parameters(port);
  as_stranger["user"] = "stranger";
  ask(201, "POST", "/v1/destinations",
      {{"name", "stranger"}, {"parameters", as_stranger}, {"password", refused_password}});
  ask(422, "POST", "/v1/destinations/stranger/test", Json::object());
  ask(200, "POST", "/v1/destinations/warehouse/test", Json::object());
  ask(422, "POST", "/v1/destinations", {{"name", "bad"}, {"parameters", {{"password", password}}}});
  ask(422, "POST", "/v1/destinations", {{"name", "bad"}, {"parameters", {{"host", "h password=" + password}}}});
  ask(422, "POST", "/v1/destinations", {{"name", "bad"}, {"parameters", parameters(port)}, {"password", {password}}});
  ask(400, "POST", "/v1/destinations", {{"name", "bad"}, {"parameters", parameters(port)}, {"passwort", password}});
  ask(201, "POST", "/v1/integrations",
      {{"name", "acme"},
       {"connector", "bigcommerce"},
       {"frequency", "manual"},
       {"start_date", "2010-01-01T00:00:00Z"}});
  const std::string authenticate = "/v1/integrations/acme/authenticate";
  ask(422, "POST", authenticate, credentials_with(wrong_token));
  ask(422, "POST", authenticate, credentials_with(Json::array({token})));
  ask(422, "POST", authenticate, {{"store_hash", token}, {"access_token", token}});
  ask(422, "POST", authenticate, {{"store_hash", options_.store_hash}, {"acces_token", token}});
  ask(422, "POST", authenticate, credentials_with(token + " " + token));
  ask(400, "POST", authenticate, token);
  ask(200, "POST", authenticate + "?dry_run=true", credentials_with(token));
  ask(200, "POST", authenticate, credentials_with(token));
  ask(200, "PUT", "/v1/integrations/acme/selection",
      {{"tables", {{{"name", "orders"}, {"fields", "*"}}, {{"name", "brands"}, {"fields", "*"}}}}});
  ask(200, "PUT", "/v1/integrations/acme/destination", {{"destination", "warehouse"}, {"schema", "public"}});

  // Who may come in, and who may not.
  const Json reader = ask(201, "POST", "/v1/tokens", {{"name", "reader"}, {"scope", "read"}},
                          {{"Idempotency-Key", "canary 1"}}, "API token");
  ask(200, "GET", "/v1/tokens");
  ask(401, "GET", "/v1/integrations", nullptr, {{"Authorization", "Bearer " + wrong_token}});
  ask(403, "DELETE", "/v1/integrations/acme", nullptr,
      {{"Authorization", "Bearer " + reader.at("token").get<std::string>()}});
  ask(400, "GET", "/v1/integrations?access_token=" + percent_encode(token));
  ask(404, "GET", "/v1/" + percent_encode(token));
  ask(201, "POST", "/v1/webhooks",
      {{"url", "http://127.0.0.1:1/hook"}, {"events", {"failure", "recovery", "auth_required", "schema_change"}}}, {},
      "webhook secret");
  for (const Json& hook : items("/v1/webhooks")) {
    ask(200, "POST", "/v1/webhooks/" + hook.at("id").get<std::string>() + "/test", Json::object());
  }

  // A first load, then every kind of failure.
  ask(200, "POST", "/v1/integrations/acme/confirm?dry_run=true", Json::object());
  settle(ask(202, "POST", "/v1/integrations/acme/confirm", Json::object()).at("run").at("id").get<std::string>());
  store->control("faults",
                 Json::array({{{"kind", "status"}, {"status", 500}, {"probability", 0.15}},
                              {{"kind", "html"}, {"probability", 0.1}},
                              {{"kind", "redirect"}, {"location", "http://127.0.0.2:1/"}, {"probability", 0.1}},
                              {{"kind", "reset"}, {"probability", 0.15}}}));
  run_once();
  store->control("faults", Json::array());
  store->control("options", {{"access_token", next_token}});
  run_once();
  ask(422, "POST", authenticate, credentials_with(wrong_token));
  ask(200, "POST", authenticate, credentials_with(next_token));
  run_once();
  warehouse_server.stop(PostgresServer::Stop::immediate);
  ask(502, "POST", "/v1/destinations/warehouse/test", Json::object());
  warehouse_server.start();
  rotate();
  run_once();

  // As documents.
  ask(200, "GET", "/v1/export");
  store->control("options", {{"access_token", file_token}});
  Json document{{"version", 1},
                {"destinations",
                 {{{"name", "warehouse"},
                   {"parameters", parameters(port)},
                   {"password", {{"from_file", "warehouse.password"}}}}}},
                {"integrations",
                 {{{"name", "twin"},
                   {"connector", "bigcommerce"},
                   {"frequency", "manual"},
                   {"credentials", credentials_with({{"from_file", "acme.token"}})},
                   {"selection", {{"tables", {{{"name", "brands"}, {"fields", "*"}}}}}},
                   {"destination", {{"destination", "warehouse"}, {"schema", "twin"}}}}}}};
  ask(200, "POST", "/v1/apply?dry_run=true", document);
  ask(200, "POST", "/v1/apply", document);
  document["integrations"][0]["credentials"]["access_token"] = file_token;
  ask(200, "POST", "/v1/apply", document);
  ask(200, "PATCH", "/v1/destinations/warehouse?dry_run=true", {{"password", password}});
  ask(200, "PATCH", "/v1/destinations/warehouse", {{"password", password}});
  ask(201, "POST", "/v1/integrations/acme/clone", {{"name", "third"}});
  rotate();
  run_once();

  // Everything that can be read.
  for (const char* path :
       {"/v1/export", "/v1/events?limit=500", "/v1/destinations", "/v1/integrations", "/v1/tokens", "/v1/webhooks",
        "/v1/runs", "/v1/jobs?limit=500", "/v1/loggers", "/v1/freshness", "/openapi.json", "/version"}) {
    ask(200, "GET", path);
  }
  for (const Json& job : items("/v1/jobs?limit=500")) {
    ask(200, "GET", "/v1/jobs/" + job.at("id").get<std::string>() + "/logs?limit=500");
  }
  for (const Json& hook : items("/v1/webhooks")) {
    ask(200, "GET", "/v1/webhooks/" + hook.at("id").get<std::string>() + "/deliveries");
  }
  look_at_process();

  // What is no secret is there: the places are those where a secret would have been.
  const std::string log = content_of(directory.path() / "sluice.log");
  // Nothing is graver than trace and lighter than debug: with these, all there is to say was said.
  for (const char* said : {"request", "request answered"}) {
    EXPECT_NE(log.find(R"("level":"debug","area":")"), std::string::npos);
    EXPECT_NE(log.find(R"("message":")" + std::string(said) + '"'), std::string::npos) << said;
  }
  EXPECT_NE(content_of(control_server.directory() / "log").find("'" + options_.client_id + "'"), std::string::npos);
  leaks.look("the daemon's log", log);
  for (const auto* server : {&control_server, &warehouse_server}) {
    leaks.look("the log of " + server->url(""), content_of(server->directory() / "log"));
    for (const char* database : {"control", "warehouse"}) {
      const auto dump = place.path() / "dump.sql";
      run_program({postgres_binaries() / "pg_dump", server->url(database)}, -1, dump);
      leaks.look("pg_dump of " + server->url(database), content_of(dump));
      fs::remove(dump);
    }
  }
  leaks.look_below(directory.path() / "data", {"admin.token"});

  EXPECT_GT(leaks.looked_at(), 500'000U) << "too little was written for the proof to be one";
  for (const std::string& leak : leaks.found()) ADD_FAILURE() << leak;
}

/// With a PostgreSQL of the daemon's own, whose files are in the data directory, and whose processes are the daemon's.
TEST_F(Replication, leaves_no_secret_in_the_files_of_the_data_directory_nor_in_processes) {
  SeenProcesses processes;
  SampleStoreOptions options;
  options.access_token = "tkn9Canary7accessQ5Wx3jVb8mPz1";
  options.orders = 60;
  open_store(options);
  start_daemon();
  const auto data = directory.path() / "data";
  const std::string password = R"(Pw7"Canary\dest/+%&=é Zq4vN8sT2)";
  Leaks leaks;
  leaks.watch("access token", options.access_token);
  leaks.watch("destination password", password);
  const auto note_files = [&] {
    for (const fs::path file : {"admin.token", "master.key", "postgres/password"}) {
      std::string text = content_of(data / file);
      text.erase(text.find('\n'));
      leaks.watch(file.string(), text);
    }
    leaks.watch("master key", MasterKeys{.file = data / "master.key"}.load().first().key.reveal());
  };
  note_files();
  ASSERT_EQ(wait_for(set_up({"orders", "brands"})), "succeeded");
  expect(201, "POST", "/v1/destinations",
         {{"name", "other"},
          {"parameters", {{"host", "127.0.0.1"}, {"port", 1}, {"database", "d"}, {"user", "u"}}},
          {"password", password}});
  Program rotation({"keys", "rotate", "--data.directory", data.string()}, directory.path() / "output");
  ASSERT_EQ(rotation.wait(), 0) << rotation.output();
  note_files();
  ASSERT_EQ(wait_for(sync()), "succeeded");
  // So that everything is in the files.
  daemon->signal(SIGTERM);
  ASSERT_EQ(daemon->wait(30s), 0);

  leaks.look_below(data, {"admin.token", "master.key", "password", "warehouse.url"});
  leaks.look("the daemon's log", content_of(directory.path() / "sluice.log"));
  leaks.look("the output of keys rotate", rotation.output());
  const auto seen = processes.finish();
  look_at(seen, leaks);
  for (const char* name :
       {"bin/initdb", "bin/postgres", "postgres: sluice: checkpointer", "postgres: sluice: sluice ", "rotate"}) {
    EXPECT_TRUE(has_seen(seen, name)) << name;
  }

  EXPECT_GT(leaks.looked_at(), 10'000'000U) << "a cluster is larger";
  for (const std::string& leak : leaks.found()) ADD_FAILURE() << leak;
}

/// Given in the ways that anybody can see who looks early enough: they are gone once the daemon is there, and no
/// process that it starts gets them.
TEST_F(Replication, hides_secrets_that_it_was_given_as_words_or_variables) {
  PostgresServer server;
  Leaks leaks;
  const std::string key = "Q2FuYXJ5IG1hc3RlciBrZXkgb2YgMzIgYnl0ZXMhISE=";
  const std::string token = "tkn9Canary7accessQ5Wx3jVb8mPz1";
  const std::string password = "DbCanaryPassword5Gh8Jk2Lm9Np";
  auto url = server.url("control");
  url.insert(url.find('@'), ":" + password);
  for (const auto& [name, value] : {std::pair("master key", key), std::pair("access token", token),
                                    std::pair("destination password", token + "2"), std::pair("database", password)}) {
    leaks.watch(name, value);
  }
  SampleStoreOptions options;
  options.access_token = token;
  open_store(options);

  const Variables variables(
      {{"SLUICE_SECRETS__MASTER_KEY", key}, {"SLUICE_SECRET_TOKEN", token}, {"CANARY_PASSWORD", token + "2"}});
  start_daemon({"--database.url=" + url, "--api.secret_env_prefix", "CANARY_"});
  SeenProcesses processes;
  expect(200, "POST", "/v1/apply",
         {{"version", 1},
          {"destinations",
           {{{"name", "other"},
             {"parameters", {{"host", "127.0.0.1"}, {"port", 1}, {"database", "d"}, {"user", "u"}}},
             {"password", {{"from_env", "CANARY_PASSWORD"}}}}}}});
  const auto seen = processes.finish();

  look_at(seen, leaks);
  EXPECT_TRUE(has_seen(seen, "--database.url="));
  for (const std::string& leak : leaks.found()) ADD_FAILURE() << leak;
}

TEST(Leaks, finds_every_form) {
  const std::string value = R"(Pw7"Canary\dest/+ 123456789)";
  Leaks leaks;
  leaks.watch("password", value);
  const Json as_json = value;

  std::size_t expected = 0;
  for (const std::string& text :
       {"x" + value + "y", "x" + value.substr(0, 12), value.substr(value.size() - 12) + "y",
        std::string(value.rbegin(), value.rend()), percent_encode(value), as_json.dump(),
        std::string("UHc3IkNhbmFyeVxkZXN0LysgMTIzNDU2Nzg5"), std::string("eFB3NyJDYW5hcnlcZGVzdC8rIDEyMzQ1Njc4OQ=="),
        std::string("eHhQdzciQ2FuYXJ5XGRlc3QvKyAxMjM0NTY3ODk=")}) {
    leaks.look("here", text);
    EXPECT_GT(leaks.found().size(), expected) << text;
    expected = leaks.found().size();
  }
}

}  // namespace
}  // namespace sluice
