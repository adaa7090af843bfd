// Master keys rotated while daemons seal and open: no secret is ever unreadable, whatever is killed.
//
//   TEST_ROUNDS=… TEST_SEED=…: the long form

#include "storage/key_rotation.hpp"
#include "storage/destinations.hpp"
#include "tests/e2e/program.hpp"
#include "tests/e2e/replication_fixture.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/random_test.hpp"
#include "tests/support/run_to_end.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <thread>

namespace sluice {
namespace {

class KeysRotate : public Replication {
 protected:
  Program sluice(std::vector<std::string> words) const { return {std::move(words), directory.path() / "output"}; }
};

class KeysRotateBesideDaemons : public KeysRotate {
 protected:
  void start() {
    std::ofstream(key_file()) << "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n";
    std::filesystem::permissions(key_file(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    open_store({});
    start_daemon(places());
    second = std::make_unique<DaemonProcess>(second_home.path(), store->base_url(), places());
  }
  std::filesystem::path key_file() const { return directory.path() / "keys"; }
  std::vector<std::string> places() const {
    return {"--database.url",    server.url("control"),       "--secrets.master_key_file",
            key_file().string(), "--api.requests_per_minute", "0"};
  }
  Program rotate() const {
    auto words = places();
    words.insert(words.begin(), {"keys", "rotate"});
    return sluice(std::move(words));
  }

  /// So many that a rotation takes its time.
  static constexpr int many = 600;
  void seal_many() {
    Database database({.url = Secret(server.url("control"))});
    const SecretBox box(MasterKeys{.file = key_file()});
    Destinations destinations(database, box);
    for (int i = 0; i < many; ++i) {
      const std::string name = "many" + std::to_string(i);
      destinations.create(name, {{"host", "127.0.0.1"}, {"database", "d"}, {"user", "u"}}, Secret(name + "-password"));
    }
  }
  /// Of those that nobody else writes, some are sealed with one key and some with another.
  bool is_mixed() const {
    return server.ask("control",
                      "select count(distinct sluice.key_id_of(s.sealed)) > 1 from sluice.secrets s join "
                      "sluice.destinations d on d.id = s.owner where d.name like 'many%'") == "t";
  }

  PostgresServer server;
  TemporaryDirectory second_home;
  std::unique_ptr<DaemonProcess> second;
};

TEST_F(KeysRotateBesideDaemons, lose_no_secret_when_the_rotation_is_killed_at_any_instant) {
  start();
  auto dice = seeded_dice();
  std::atomic<bool> is_over = false;
  // Each writer has destinations of its own, so that it knows what must be there.
  const std::string token = daemon->admin_token();
  const auto write = [&](const std::string& url, const std::string& prefix, std::map<std::string, std::string>& kept) {
    for (int i = 0; !is_over; ++i) {
      const std::string name = prefix + std::to_string(i % 20);
      const std::string password = prefix + "-password-" + std::to_string(i);
      const Json parameters{{"host", "127.0.0.1"}, {"database", "d"}, {"user", "u"}};
      const bool is_new = i < 20;
      Json body{{"password", password}};
      if (is_new) body.update({{"name", name}, {"parameters", parameters}});
      boost::asio::io_context io;
      ApiClient client(io.get_executor(), url, token);
      const auto answer = run_to_end(io, client.ask(is_new ? "POST /v1/destinations" : "PATCH /v1/destinations/" + name,
                                                    body, {{"If-Match", "*"}, {"Idempotency-Key", password}}));
      EXPECT_EQ(answer.status, is_new ? 201 : 200) << answer.body.dump(2);
      kept[name] = password;
    }
  };
  std::map<std::string, std::string> first_kept;
  std::map<std::string, std::string> second_kept;
  std::thread first_writer([&] { write(daemon->url(), "a", first_kept); });
  std::thread second_writer([&] { write(second->url(), "b", second_kept); });

  seal_many();
  const auto begin = std::chrono::steady_clock::now();
  auto undisturbed = rotate();
  EXPECT_EQ(undisturbed.wait(), 0) << undisturbed.output();
  const auto usual = std::chrono::steady_clock::now() - begin;

  const int all = rounds(8);
  int in_the_midst = 0;
  for (int round = 0; round < all; ++round) {
    auto rotation = rotate();
    std::this_thread::sleep_for(usual * (dice() % 100) / 100);
    rotation.kill();
    if (is_mixed()) ++in_the_midst;
    // Others go on where the one before was killed.
    if (round % 2 == 0) continue;
    auto whole = rotate();
    EXPECT_EQ(whole.wait(), 0) << whole.output();
    EXPECT_FALSE(is_mixed());
  }
  is_over = true;
  first_writer.join();
  second_writer.join();
  auto last = rotate();
  EXPECT_EQ(last.wait(), 0) << last.output();

  Database database({.url = Secret(server.url("control"))});
  const MasterKeys keys{.file = key_file()};
  ASSERT_EQ(keys.load().keys().size(), 1U);
  for (const KeyUse& use : key_uses(database, keys)) EXPECT_TRUE(use.is_sealing) << show_key_id(use.id);
  const SecretBox box(keys);
  Destinations destinations(database, box);
  first_kept.merge(second_kept);
  EXPECT_GE(first_kept.size(), 2U);
  for (const auto& [name, password] : first_kept) {
    EXPECT_TRUE(destinations.password(destinations.find(name)->id).equals(password)) << name;
  }
  for (int i = 0; i < many; ++i) {
    const std::string name = "many" + std::to_string(i);
    EXPECT_TRUE(destinations.password(destinations.find(name)->id).equals(name + "-password")) << name;
  }
  EXPECT_GE(in_the_midst, std::max(1, all / 10)) << "too few were killed while they sealed anew";
  std::cout << all << " rotations killed, " << in_the_midst
            << " of them in the midst of sealing anew; undisturbed, one takes "
            << std::chrono::duration_cast<std::chrono::milliseconds>(usual).count() << " ms; "
            << first_kept.size() + many << " secrets\n";
}

TEST_F(KeysRotateBesideDaemons, tell_a_daemon_without_the_keys_what_to_do) {
  start();
  TemporaryDirectory home;
  auto flags = places();
  flags[3] = (home.path() / "keys").string();
  std::ofstream(flags[3]) << "b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb28=\n";
  std::filesystem::permissions(flags[3], std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  try {
    const DaemonProcess stranger(home.path(), store->base_url(), flags);
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("put that key's line there"), std::string::npos) << error.what();
  }
}

TEST_F(KeysRotateBesideDaemons, take_no_key_file_that_others_can_read) {
  start();
  std::filesystem::permissions(key_file(), std::filesystem::perms::others_read, std::filesystem::perm_options::add);

  auto rotation = rotate();

  EXPECT_EQ(rotation.wait(), 78);
  EXPECT_NE(rotation.output().find("chmod 600"), std::string::npos) << rotation.output();
}

TEST_F(KeysRotate, works_on_the_embedded_database_with_and_without_a_daemon) {
  open_store({});
  start_daemon();
  const auto run = set_up({"brands"});
  ASSERT_EQ(wait_for(run), "succeeded");
  const std::vector<std::string> place{"--data.directory", (directory.path() / "data").string()};
  const auto keys = [&](const std::string& command, std::vector<std::string> more) {
    more.insert(more.begin(), {"keys", command});
    more.insert(more.end(), place.begin(), place.end());
    auto program = sluice(std::move(more));
    EXPECT_EQ(program.wait(), 0) << program.output();
    return program.output();
  };
  const Json before = Json::parse(keys("show", {"--json"}));

  keys("rotate", {});
  EXPECT_EQ(wait_for(sync()), "succeeded") << "the daemon reads the token with the new key";
  daemon->signal(SIGTERM);
  ASSERT_EQ(daemon->wait(30s), 0);
  keys("rotate", {});
  daemon->start();

  EXPECT_EQ(wait_for(sync()), "succeeded");
  const Json after = Json::parse(keys("show", {"--json"}));
  ASSERT_EQ(after.size(), 1U) << after.dump(2);
  EXPECT_NE(after[0]["id"], before[0]["id"]);
  EXPECT_EQ(after[0]["secrets"], 1);
  EXPECT_NE(keys("show", {}).find(after[0]["id"].get<std::string>()), std::string::npos);
}

}  // namespace
}  // namespace sluice
