// `sluice ctl` against a daemon, as a script uses it: words in, output and exit code out.

#include "tests/e2e/replication_fixture.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace sluice {
namespace {

struct Spoken {
  int code = -1;
  std::string out;
  std::string err;
};

std::ostream& operator<<(std::ostream& out, const Spoken& spoken) {
  return out << "exit code " << spoken.code << "\n" << spoken.out << spoken.err;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Ctl : public Replication {
 protected:
  void begin(std::vector<std::string> flags = {}) {
    open_store({});
    start_daemon(std::move(flags));
    token_file = directory.path() / "data" / "admin.token";
  }

  /// The words as a shell would take them.
  Spoken ctl(const std::string& words) {
    const auto at = [&](const char* name) { return (directory.path() / name).string(); };
    return shell("SLUICE_CTL_URL=$(cat " + at("sluice.url") + ") SLUICE_CTL_TOKEN_FILE=" + token_file.string() + " " +
                 SLUICE_BINARY + " ctl " + words);
  }
  Spoken shell(const std::string& command) {
    const auto out = directory.path() / "out";
    const auto err = directory.path() / "err";
    const int status = std::system(("(" + command + ") > " + out.string() + " 2> " + err.string()).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(out), content_of(err)};
  }
  std::string write(const char* name, const std::string& text) {
    const auto file = directory.path() / name;
    std::ofstream(file) << text;
    return file.string();
  }
  std::string whole_set_up() {
    const Json body{{"name", "acme"},
                    {"connector", "bigcommerce"},
                    {"frequency", "manual"},
                    {"credentials", credentials()},
                    {"selection", {{"tables", {{{"name", "orders"}}, {{"name", "brands"}}}}}},
                    {"destination", {{"destination", "embedded"}}}};
    return write("acme.json", body.dump());
  }
  Json answer(const std::string& words) {
    const Spoken spoken = ctl(words + " -o json");
    EXPECT_EQ(spoken.code, 0) << words << '\n' << spoken;
    return Json::parse(spoken.out, nullptr, false);
  }

  std::filesystem::path token_file;
};

TEST_F(Ctl, sets_up_runs_watches_and_deletes_an_integration) {
  begin({"--bigcommerce.safety_lag", "1s"});
  EXPECT_EQ(ctl("status").code, 0);
  EXPECT_EQ(ctl("integrations list").out, "none\n");

  const Spoken created = ctl("integrations create --wait -f " + whole_set_up());
  EXPECT_EQ(created.code, 0) << created;
  EXPECT_NE(created.out.find("result            succeeded"), std::string::npos) << created;
  EXPECT_NE(created.err.find("orders succeeded: "), std::string::npos) << created;
  EXPECT_EQ(created.err.find('\x1b'), std::string::npos) << "stderr is no terminal";

  const Spoken list = ctl("integrations --state active");
  EXPECT_TRUE(list.out.starts_with("NAME  STATE   HEALTH")) << list;
  EXPECT_EQ(answer("integrations").at("items").at(0).at("name"), "acme");
  const Spoken tables = ctl("tables acme");
  EXPECT_NE(tables.out.find("public.acme_orders"), std::string::npos) << tables;

  store->control("add", {{"table", "orders"}, {"count", 2}});
  const Json run = answer("integrations sync acme --wait");
  EXPECT_EQ(run.at("result"), "succeeded");
  const Json job = answer("jobs --table orders --run " + run.at("id").get<std::string>()).at("items").at(0);
  EXPECT_EQ(job.at("rows").at("inserted"), 2);
  const std::string job_id = job.at("id").get<std::string>();
  const Spoken log = ctl("logs -f " + job_id);
  EXPECT_EQ(log.code, 0) << log;
  EXPECT_NE(log.out.find("info"), std::string::npos) << log;
  const Spoken lines = ctl("logs -o json " + job_id);
  EXPECT_EQ(Json::parse(lines.out.substr(0, lines.out.find('\n'))).at("message"), "extraction begins") << lines;
  EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), std::count(log.out.begin(), log.out.end(), '\n'));

  EXPECT_EQ(ctl("integrations edit acme --frequency 1h").code, 0);
  EXPECT_EQ(answer("integrations show acme").at("frequency"), "1h");
  EXPECT_EQ(ctl("integrations edit acme --frequency 3h --if-match '\"0\"'").code, 75);
  EXPECT_EQ(answer("integrations pause acme --reason 'stock-taking'").at("pause_reason"), "stock-taking");
  const Spoken refused = ctl("integrations sync acme --wait");
  EXPECT_EQ(refused.code, 65);
  EXPECT_NE(refused.err.find("[409 paused]"), std::string::npos) << refused;
  EXPECT_EQ(ctl("integrations resume acme").code, 0);

  EXPECT_EQ(ctl("integrations delete acme --data drop --confirm-name other").code, 65);
  EXPECT_EQ(ctl("integrations delete acme --data drop --confirm-name acme").code, 0);
  EXPECT_TRUE(eventually(20s, [&] { return ctl("integrations show acme").code == 66; }));
  EXPECT_EQ(ask("select to_regclass('public.acme_orders') is null"), "t");
}

TEST_F(Ctl, says_by_its_exit_code_what_went_wrong) {
  begin();
  EXPECT_EQ(ctl("integrations create --wait -q -f " + whole_set_up()).code, 0);
  std::vector<std::string> scopes = sample_store::read_only_scopes();
  std::erase(scopes, "store_v2_orders_read_only");
  store->control("options", {{"scopes", scopes}});

  const Spoken partial = ctl("integrations sync acme --wait");
  EXPECT_EQ(partial.code, 1) << partial;
  EXPECT_NE(partial.err.find("source.scope_missing"), std::string::npos) << partial;

  EXPECT_EQ(ctl("integrations synk acme").code, 64);
  EXPECT_EQ(ctl("integrations create -f " + write("bad.json", "name: acme")).code, 65);
  EXPECT_EQ(ctl("integrations create -f /nowhere").code, 66);
  EXPECT_EQ(ctl("runs show run_none").code, 66);
  EXPECT_EQ(ctl("jobs --url http://127.0.0.1:1").code, 69);
  EXPECT_EQ(ctl("jobs --url http://192.0.2.1:80").code, 78) << "the token would go there in clear";
  EXPECT_EQ(ctl("jobs --token-file /nowhere").code, 78);
}

TEST_F(Ctl, hands_out_tokens_and_takes_them_back) {
  begin();

  const Json made = answer("tokens create ci --scope read");
  const std::string admin = token_file.string();
  token_file = write("ci.token", made.at("token").get<std::string>() + "\n");
  EXPECT_EQ(ctl("integrations").code, 0);
  const Spoken too_small = ctl("tokens");
  EXPECT_EQ(too_small.code, 77);
  EXPECT_NE(too_small.err.find("scope_needed"), std::string::npos) << too_small;

  EXPECT_EQ(ctl("tokens revoke " + made.at("id").get<std::string>() + " --token-file " + admin).code, 0);
  EXPECT_TRUE(eventually(5s, [&] { return ctl("integrations").code == 77; })) << "the daemon looks once a second";
}

TEST_F(Ctl, finds_the_local_daemon_by_its_settings_and_its_socket) {
  const std::string socket = (directory.path() / "sluice.sock").string();
  begin({"--server.socket", socket});
  const std::string settings =
      " --data.directory " + (directory.path() / "data").string() + " --server.socket " + socket;
  const std::string words = std::string(SLUICE_BINARY) + " ctl integrations" + settings;

  EXPECT_EQ(shell(words).out, "none\n");
  EXPECT_EQ(ctl("integrations --url unix:" + socket).out, "none\n");
  struct stat status{};
  ASSERT_EQ(::stat(socket.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0660U);

  daemon->kill();
  EXPECT_EQ(shell(words).code, 69) << "the socket is there, and nobody behind it";
  daemon->start();
  EXPECT_EQ(shell(words).out, "none\n");
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->wait(10s), 0);
  EXPECT_FALSE(std::filesystem::exists(socket));
}

}  // namespace
}  // namespace sluice
