#include "storage/key_rotation.hpp"

#include "storage/idempotency_keys.hpp"
#include "storage/sealing.hpp"
#include "tests/integration/storage/control_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

namespace sluice {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

Keyring keys_of(const std::string& letters) {
  std::vector<Secret> keys;
  for (const char letter : letters) keys.emplace_back(std::string(Keyring::key_size, letter));
  return Keyring(std::move(keys));
}

class KeyRotationTest : public ControlFixture {
 protected:
  KeyRotationTest() {
    std::string name = (fs::temp_directory_path() / "sluice_keys_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory = name;
    keys.file = directory / "master.key";
    write("k");
    daemon = std::make_unique<SecretBox>(keys);
  }
  ~KeyRotationTest() override { fs::remove_all(directory); }

  void write(const std::string& letters) const {
    std::ofstream(keys.file) << keys_of(letters).text().reveal();
    chmod(keys.file.c_str(), 0600);
  }
  DestinationId keep(const std::string& name, const std::string& password) {
    return on_daemon().create(name, {{"host", "h"}}, Secret(password)).id;
  }
  Destinations on_daemon() { return {database, *daemon}; }
  KeyUse use_of(const std::string& id) {
    for (const KeyUse& use : key_uses(database, keys)) {
      if (use.id == id) return use;
    }
    return {};
  }
  /// As somebody with the right to would who wants to do harm.
  void tamper(const std::string& statement) {
    sql("alter table sluice.secrets disable trigger all;" + statement +
        ";alter table sluice.secrets enable trigger all");
  }

  fs::path directory;
  MasterKeys keys;
  std::unique_ptr<SecretBox> daemon;
  const std::string old_key = keys_of("k").first().id;
};

TEST_F(KeyRotationTest, seals_everything_anew_and_retires_the_old_key) {
  std::vector<DestinationId> ids;
  for (int i = 0; i < 250; ++i) ids.push_back(keep("d" + std::to_string(i), "password " + std::to_string(i)));
  IdempotencyKeys answers(database, *daemon);
  const KeyedRequest request{tokens.create("t", TokenScope::admin, std::nullopt).token.id, "key 1", "POST", "/x", "{}"};
  HttpResponse answer;
  answer.status = 201;
  answer.body = "the only copy";
  answers.keep(request, answers.claim(request), answer);

  const KeyRotation done = rotate_keys(database, keys, false);

  EXPECT_TRUE(done.is_new);
  EXPECT_EQ(done.resealed, 251);
  EXPECT_EQ(done.retired, std::vector{old_key});
  EXPECT_TRUE(done.unreadable.empty());
  const Keyring left = keys.load();
  ASSERT_EQ(left.keys().size(), 1U);
  EXPECT_EQ(left.first().id, done.key);
  EXPECT_EQ(use_of(done.key).secrets, 250);
  EXPECT_EQ(use_of(done.key).answers, 1);
  EXPECT_TRUE(use_of(done.key).is_sealing);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_TRUE(on_daemon().password(ids[i]).equals("password " + std::to_string(i)));
  }
  EXPECT_EQ(answers.claim(request).answer.body, "the only copy");
}

TEST_F(KeyRotationTest, leaves_a_daemon_that_holds_the_old_keyring_sealing_with_the_new_key) {
  keep("before", "one");
  const KeyRotation done = rotate_keys(database, keys, false);

  keep("after", "two");

  EXPECT_EQ(use_of(done.key).secrets, 2);
}

TEST_F(KeyRotationTest, is_an_error_with_a_remedy_for_a_daemon_that_cannot_read_the_new_key) {
  const auto id = keep("before", "one");
  const SecretBox elsewhere(keys_of("k"));
  rotate_keys(database, keys, false);

  EXPECT_EQ(code_thrown_by([&] { Destinations(database, elsewhere).password(id); }), "secrets.cannot_open");
  EXPECT_EQ(code_thrown_by([&] { Destinations(database, elsewhere).create("d", {{"host", "h"}}, Secret("x")); }),
            "secrets.unknown_key");
  EXPECT_EQ(code_thrown_by([&] { expect_sealing_key(database, elsewhere); }), "secrets.unknown_key");
}

TEST_F(KeyRotationTest, finds_the_key_of_secrets_that_were_sealed_before_any_was_named) {
  keep("before", "one");
  sql("delete from sluice.sealing_key");

  EXPECT_EQ(code_thrown_by([&] { expect_sealing_key(database, SecretBox(keys_of("o"))); }), "secrets.unknown_key");
  EXPECT_NO_THROW(expect_sealing_key(database, *daemon));
}

TEST_F(KeyRotationTest, is_kept_to_by_the_tables_themselves) {
  keep("before", "one");
  const std::string sealed_before = sql("select sealed from sluice.secrets");
  rotate_keys(database, keys, false);

  EXPECT_THROW(sql("update sluice.secrets set sealed = '" + sealed_before + "'"), std::runtime_error);
}

TEST_F(KeyRotationTest, waits_for_those_who_seal_with_the_old_key) {
  expect_sealing_key(database, *daemon);
  auto unfinished = database.rehearse();
  Destinations(*unfinished, *daemon).create("d", {{"host", "h"}}, Secret("x"));

  auto rotation = std::async(std::launch::async, [&] { return rotate_keys(database, keys, false); });

  EXPECT_TRUE(eventually(10s, [&] {
    return sql("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like "
               "'%update sluice.sealing_key%' and pid <> pg_backend_pid()") != "0";
  }));
  EXPECT_EQ(sql("select key_id = '"
                "\\x" +
                show_key_id(old_key) + "' from sluice.sealing_key"),
            "t");
  unfinished.reset();
  EXPECT_TRUE(rotation.get().is_new);
}

TEST_F(KeyRotationTest, is_finished_by_the_next_one_wherever_it_was_killed) {
  struct Point {
    const char* name;
    std::string file;
    bool is_named;
  };
  const auto id = keep("d", "one");
  for (const Point& point : {Point{"the new key is written", "nk", false}, Point{"it is named", "mn", true}}) {
    write(point.file);
    const std::string before = sql("select key_id from sluice.sealing_key");
    const std::string next = keys_of(point.file).first().id;
    if (point.is_named) sql("update sluice.sealing_key set key_id = '\\x" + show_key_id(next) + "'");

    const KeyRotation done = rotate_keys(database, keys, false);

    EXPECT_FALSE(done.is_new) << point.name;
    EXPECT_EQ(done.key, next) << point.name;
    EXPECT_EQ(done.resealed, 1) << point.name;
    EXPECT_EQ(keys.load().keys().size(), 1U) << point.name;
    EXPECT_TRUE(on_daemon().password(id).equals("one")) << point.name;
  }
}

TEST_F(KeyRotationTest, keeps_the_key_of_what_it_cannot_open_and_names_it) {
  const auto good = keep("good", "one");
  const auto bad = keep("bad", "two");
  tamper(
      "update sluice.secrets set sealed = set_byte(sealed, length(sealed) - 1, get_byte(sealed, length(sealed) - 1) "
      "# 1) where owner = '" +
      bad.str() + "'");

  const KeyRotation done = rotate_keys(database, keys, false);

  EXPECT_EQ(done.resealed, 1);
  ASSERT_EQ(done.unreadable.size(), 1U);
  EXPECT_EQ(done.unreadable[0].find("password of " + bad.str()), 0U) << done.unreadable[0];
  EXPECT_TRUE(done.retired.empty());
  EXPECT_EQ(keys.load().keys().size(), 2U);
  EXPECT_TRUE(on_daemon().password(good).equals("one"));

  on_daemon().change(bad, {{"host", "h"}}, Secret("again"), std::nullopt);
  EXPECT_EQ(rotate_keys(database, keys, false).retired, std::vector{old_key});
}

TEST_F(KeyRotationTest, gives_up_what_cannot_be_opened_when_told_to) {
  keep("bad", "two");
  tamper("update sluice.secrets set sealed = substring(sealed for 60)");

  const KeyRotation done = rotate_keys(database, keys, true);

  EXPECT_EQ(done.unreadable.size(), 1U);
  EXPECT_EQ(done.retired, std::vector{old_key});
}

TEST_F(KeyRotationTest, does_not_go_on_without_a_lost_key_unless_told_to) {
  keep("lost", "one");
  write("n");

  EXPECT_EQ(code_thrown_by([&] { rotate_keys(database, keys, false); }), "secrets.unknown_key");

  EXPECT_EQ(rotate_keys(database, keys, true).unreadable.size(), 1U);
  daemon = std::make_unique<SecretBox>(keys);
  keep("new", "two");
}

TEST_F(KeyRotationTest, of_keys_in_a_setting_is_prepared_by_hand) {
  const auto id = keep("d", "one");
  const MasterKeys one{.file = {}, .given = keys_of("k").text()};
  const MasterKeys two{.file = {}, .given = keys_of("nk").text()};

  EXPECT_EQ(code_thrown_by([&] { rotate_keys(database, one, false); }), "secrets.key_not_ours");
  const KeyRotation done = rotate_keys(database, two, false);

  EXPECT_EQ(done.resealed, 1);
  EXPECT_EQ(done.retired, std::vector{old_key});
  EXPECT_FALSE(done.is_file_written);
  EXPECT_TRUE(Destinations(database, SecretBox(two)).password(id).equals("one"));
}

TEST_F(KeyRotationTest, meets_every_harm_to_a_row_with_a_clean_error) {
  const auto first = keep("first", "one");
  const auto second = keep("second", "two");
  const std::string kept = "'" + sql("select sealed from sluice.secrets where owner = '" + first.str() + "'") + "'";
  const std::string of_first = " where owner = '" + first.str() + "'";
  const auto set_sealed = [&](const std::string& value) {
    tamper("update sluice.secrets set sealed = " + value + of_first);
  };
  const auto reading = [&] { return code_thrown_by([&] { on_daemon().password(first); }); };
  const int length = std::stoi(sql("select length(sealed) from sluice.secrets" + of_first));

  for (int at = 0; at < length; at += 7) {
    const std::string position = std::to_string(at);
    set_sealed("set_byte(" + kept + "::bytea, " + position + ", 255 - get_byte(" + kept + "::bytea, " + position +
               "))");
    EXPECT_EQ(reading(), "secrets.cannot_open") << "byte " << at;
    set_sealed("substring(" + kept + "::bytea for greatest(1, " + position + "))");
    EXPECT_EQ(reading(), "secrets.cannot_open") << "cut at " << at;
  }
  set_sealed("(select sealed from sluice.secrets where owner = '" + second.str() + "')");
  EXPECT_EQ(reading(), "secrets.cannot_open") << "another row's";
  set_sealed(kept + "::bytea, version = version + 1");
  EXPECT_EQ(reading(), "secrets.cannot_open") << "another version's";
}

}  // namespace
}  // namespace sluice
