#include "storage/secrets.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace sluice {
namespace {

namespace fs = std::filesystem;

/// One key of each letter.
Keyring keys_of(const std::string& letters) {
  std::vector<Secret> keys;
  for (const char letter : letters) keys.emplace_back(std::string(Keyring::key_size, letter));
  return Keyring(std::move(keys));
}

const SecretBox& box() {
  static const SecretBox one(keys_of("k"));
  return one;
}

std::string seal(const std::string& text, const std::string& place) {
  return box().seal(Secret(text), place, box().preferred_key());
}

std::string code_of_opening(const SecretBox& opener, const std::string& sealed, const std::string& place) {
  try {
    opener.open(sealed, place);
  } catch (const Error& error) {
    return error.code();
  }
  return "opened";
}

TEST(SecretBox, opens_what_it_sealed) {
  for (const std::string& text : {std::string(), std::string("x"), std::string(10'000, 'y'), std::string("a\0b", 3)}) {
    EXPECT_TRUE(box().open(seal(text, "here"), "here").equals(text)) << text.size();
  }
}

TEST(SecretBox, never_seals_the_same_text_alike) {
  std::set<std::string> sealed;
  for (int i = 0; i < 1000; ++i) sealed.insert(seal("token", "here"));

  EXPECT_EQ(sealed.size(), 1000U);
}

TEST(SecretBox, shows_nothing_of_the_text) {
  EXPECT_EQ(seal("canary canary canary", "here").find("canary"), std::string::npos);
}

TEST(SecretBox, refuses_another_place) {
  EXPECT_EQ(code_of_opening(box(), seal("token", "secrets|sealed|int_1|token|1"), "secrets|sealed|int_1|token|2"),
            "secrets.cannot_open");
}

TEST(SecretBox, refuses_another_master_key) {
  const SecretBox other(keys_of("o"));

  EXPECT_EQ(code_of_opening(other, seal("token", "here"), "here"), "secrets.cannot_open");
}

TEST(SecretBox, refuses_every_flipped_bit) {
  const std::string sealed = seal("token", "here");
  for (std::size_t byte = 0; byte < sealed.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string altered = sealed;
      altered[byte] = static_cast<char>(altered[byte] ^ (1 << bit));
      ASSERT_EQ(code_of_opening(box(), altered, "here"), "secrets.cannot_open") << "byte " << byte << ", bit " << bit;
    }
  }
}

TEST(SecretBox, refuses_every_cut_and_any_addition) {
  const std::string sealed = seal("token", "here");
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    ASSERT_EQ(code_of_opening(box(), sealed.substr(0, length), "here"), "secrets.cannot_open") << length;
  }
  EXPECT_EQ(code_of_opening(box(), sealed + "x", "here"), "secrets.cannot_open");
}

TEST(SecretBox, refuses_a_data_key_of_another_secret) {
  const std::string first = seal("first", "here");
  const std::string second = seal("other", "here");
  const std::size_t text_at = 10 + 72;

  EXPECT_EQ(code_of_opening(box(), first.substr(0, text_at) + second.substr(text_at), "here"), "secrets.cannot_open");
}

TEST(SecretBox, opens_with_any_key_of_its_keyring_and_seals_with_the_one_that_is_named) {
  const SecretBox both(keys_of("nk"));
  const std::string second = keys_of("k").first().id;

  EXPECT_TRUE(both.open(seal("old", "here"), "here").equals("old"));
  EXPECT_TRUE(box().open(both.seal(Secret("new"), "here", second), "here").equals("new"));
  EXPECT_EQ(both.preferred_key(), keys_of("n").first().id);
}

TEST(SecretBox, seals_with_no_key_that_it_does_not_have) {
  try {
    box().seal(Secret("token"), "here", keys_of("o").first().id);
    FAIL() << "sealed";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "secrets.unknown_key");
    EXPECT_NE(error.message().find("put that key's line there"), std::string::npos) << error.message();
  }
}

TEST(SecretBox, says_what_to_do_about_a_secret_that_it_cannot_open) {
  const std::string sealed = seal("token", "here");
  for (const auto& [opener, value] : {std::pair(keys_of("o"), sealed), std::pair(keys_of("k"), sealed + "x"),
                                      std::pair(keys_of("k"), sealed.substr(1))}) {
    try {
      SecretBox(opener).open(value, "here");
      FAIL() << "opened";
    } catch (const Error& error) {
      EXPECT_NE(error.message().find("give it again"), std::string::npos) << error.message();
    }
  }
}

TEST(KeyringText, has_one_key_per_line_and_takes_them_back) {
  const Keyring keyring = keys_of("abc");

  const Keyring read = Keyring::parse(keyring.text(), "here");

  ASSERT_EQ(read.keys().size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read.keys()[i].id, keyring.keys()[i].id);
    EXPECT_TRUE(read.keys()[i].key.equals(keyring.keys()[i].key.reveal()));
  }
}

TEST(KeyringText, may_have_empty_lines_and_a_key_twice) {
  const std::string line = keys_of("k").text().reveal();

  EXPECT_EQ(Keyring::parse(Secret("\n  " + line + "\r\n" + line + "\n"), "here").keys().size(), 1U);
}

TEST(KeyringText, names_the_line_that_is_wrong_and_shows_nothing_of_it) {
  const std::string line = keys_of("k").text().reveal();
  try {
    Keyring::parse(Secret(line + "canary\n"), "the file");
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "secrets.bad_master_key");
    EXPECT_EQ(error.message().find("the file: line 2 "), 0U) << error.message();
    EXPECT_EQ(error.message().find("canary"), std::string::npos);
  }
}

TEST(KeyringText, wants_keys_of_32_bytes) {
  for (const std::size_t length : {0U, 31U, 33U}) {
    EXPECT_THROW(Keyring({Secret(std::string(length, 'k'))}), Error) << length;
  }
  EXPECT_THROW(Keyring(std::vector<Secret>()), Error);
}

class MasterKeyFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sluice_key_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory = name;
    file = directory / "master.key";
  }
  void TearDown() override { fs::remove_all(directory); }

  void write(const std::string& text, mode_t mode = 0600) {
    std::ofstream(file) << text;
    chmod(file.c_str(), mode);
  }
  std::string code_of_loading(bool may_create = false) {
    try {
      MasterKeys{.file = file, .may_create = may_create}.load();
    } catch (const Error& error) {
      return error.code();
    }
    return "loaded";
  }

  fs::path directory;
  fs::path file;
};

TEST_F(MasterKeyFile, is_made_once_for_the_owner_alone) {
  const Keyring made = MasterKeys{.file = file, .may_create = true}.load();
  const Keyring read = MasterKeys{.file = file, .may_create = true}.load();

  EXPECT_EQ(made.keys().size(), 1U);
  EXPECT_EQ(read.first().id, made.first().id);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory), fs::directory_iterator()), 1);
}

TEST_F(MasterKeyFile, is_not_made_unless_it_may_be) {
  EXPECT_EQ(code_of_loading(), "secrets.no_key_file");
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(MasterKeyFile, holds_base64_of_32_bytes) {
  write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n");

  EXPECT_TRUE(MasterKeys{.file = file}.load().first().key.equals(std::string(32, 'k')));
}

TEST_F(MasterKeyFile, is_refused_when_malformed) {
  for (const char* text : {"", "hello", "a2tr", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=a2tr"}) {
    write(text);
    EXPECT_EQ(code_of_loading(true), "secrets.bad_master_key") << text;
  }
}

TEST_F(MasterKeyFile, is_refused_when_others_can_read_it) {
  for (const mode_t mode : {0604U, 0602U, 0601U, 0640U, 0440U, 0620U, 0610U, 0660U, 0666U}) {
    write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n", mode);
    EXPECT_EQ(code_of_loading(), "secrets.key_file_is_open") << std::oct << mode;
  }
}

/// As systemd hands it over to a service with a user of its own.
TEST_F(MasterKeyFile, is_taken_from_root_when_the_group_root_can_read_it) {
  if (geteuid() != 0) GTEST_SKIP() << "only root becomes another user";
  constexpr uid_t nobody = 65534;
  chmod(directory.c_str(), 0711);
  std::map<mode_t, std::string> codes;
  for (const mode_t mode : {0440U, 0640U, 0444U}) {
    write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n", mode);
    ASSERT_EQ(seteuid(nobody), 0);
    codes[mode] = code_of_loading();
    ASSERT_EQ(seteuid(0), 0);
  }

  EXPECT_EQ(codes[0440], "loaded");
  EXPECT_EQ(codes[0640], "loaded");
  EXPECT_EQ(codes[0444], "secrets.key_file_is_open");
}

TEST_F(MasterKeyFile, is_replaced_as_a_whole_and_keeps_its_mode_and_the_link_to_it) {
  write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n", 0400);
  const fs::path link = directory / "link";
  fs::create_symlink(file, link);

  MasterKeys{.file = link}.replace(keys_of("nk"));

  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(MasterKeys{.file = file}.load().first().id, keys_of("n").first().id);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory), fs::directory_iterator()), 2);
}

TEST_F(MasterKeyFile, is_replaced_in_spite_of_what_a_killed_one_has_left) {
  write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n");
  std::ofstream(file.string() + ".new") << "half a";

  MasterKeys{.file = file}.replace(keys_of("n"));

  EXPECT_EQ(MasterKeys{.file = file}.load().keys().size(), 1U);
  EXPECT_FALSE(fs::exists(file.string() + ".new"));
}

TEST_F(MasterKeyFile, is_changed_by_one_at_a_time) {
  write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n");
  const MasterKeys keys{.file = file};
  {
    const MasterKeysLock first(keys);
    EXPECT_THROW(MasterKeysLock second(keys), Error);
  }
  EXPECT_NO_THROW(MasterKeysLock third(keys));
}

TEST_F(MasterKeyFile, is_read_again_for_a_key_that_is_not_known) {
  write(keys_of("k").text().reveal());
  const SecretBox daemon(MasterKeys{.file = file});
  const SecretBox rotated(keys_of("nk"));
  write(keys_of("n").text().reveal());

  EXPECT_TRUE(daemon.open(rotated.seal(Secret("new"), "here", rotated.preferred_key()), "here").equals("new"));
  EXPECT_TRUE(daemon.open(seal("old", "here"), "here").equals("old")) << "read before the rotation, opened after it";
}

}  // namespace
}  // namespace sluice
