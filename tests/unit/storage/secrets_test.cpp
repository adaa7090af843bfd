#include "storage/secrets.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace sluice {
namespace {

namespace fs = std::filesystem;

const SecretBox& box() {
  static const SecretBox one(Secret(std::string(32, 'k')));
  return one;
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
    EXPECT_TRUE(box().open(box().seal(Secret(text), "here"), "here").equals(text)) << text.size();
  }
}

TEST(SecretBox, never_seals_the_same_text_alike) {
  std::set<std::string> sealed;
  for (int i = 0; i < 1000; ++i) sealed.insert(box().seal(Secret("token"), "here"));

  EXPECT_EQ(sealed.size(), 1000U);
}

TEST(SecretBox, shows_nothing_of_the_text) {
  EXPECT_EQ(box().seal(Secret("canary canary canary"), "here").find("canary"), std::string::npos);
}

TEST(SecretBox, refuses_another_place) {
  EXPECT_EQ(code_of_opening(box(), box().seal(Secret("token"), "secrets|sealed|int_1|token|1"),
                            "secrets|sealed|int_1|token|2"),
            "secrets.cannot_open");
}

TEST(SecretBox, refuses_another_master_key) {
  const SecretBox other(Secret(std::string(32, 'o')));

  EXPECT_EQ(code_of_opening(other, box().seal(Secret("token"), "here"), "here"), "secrets.cannot_open");
}

TEST(SecretBox, refuses_every_flipped_bit) {
  const std::string sealed = box().seal(Secret("token"), "here");
  for (std::size_t byte = 0; byte < sealed.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string altered = sealed;
      altered[byte] = static_cast<char>(altered[byte] ^ (1 << bit));
      ASSERT_EQ(code_of_opening(box(), altered, "here"), "secrets.cannot_open") << "byte " << byte << ", bit " << bit;
    }
  }
}

TEST(SecretBox, refuses_every_cut_and_any_addition) {
  const std::string sealed = box().seal(Secret("token"), "here");
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    ASSERT_EQ(code_of_opening(box(), sealed.substr(0, length), "here"), "secrets.cannot_open") << length;
  }
  EXPECT_EQ(code_of_opening(box(), sealed + "x", "here"), "secrets.cannot_open");
}

TEST(SecretBox, refuses_a_data_key_of_another_secret) {
  const std::string first = box().seal(Secret("first"), "here");
  const std::string second = box().seal(Secret("other"), "here");
  const std::size_t text_at = 10 + 72;

  EXPECT_EQ(code_of_opening(box(), first.substr(0, text_at) + second.substr(text_at), "here"), "secrets.cannot_open");
}

TEST(SecretBox, wants_a_master_key_of_32_bytes) {
  for (const std::size_t length : {0U, 31U, 33U}) {
    EXPECT_THROW(SecretBox(Secret(std::string(length, 'k'))), Error) << length;
  }
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
      load_master_key(file, may_create);
    } catch (const Error& error) {
      return error.code();
    }
    return "loaded";
  }

  fs::path directory;
  fs::path file;
};

TEST_F(MasterKeyFile, is_made_once_for_the_owner_alone) {
  const Secret made = load_master_key(file, true);
  const Secret read = load_master_key(file, true);

  EXPECT_EQ(made.reveal().size(), 32U);
  EXPECT_TRUE(read.equals(made.reveal()));
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory), fs::directory_iterator()), 1);
}

TEST_F(MasterKeyFile, is_not_made_unless_it_may_be) {
  EXPECT_EQ(code_of_loading(), "secrets.no_key_file");
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(MasterKeyFile, holds_base64_of_32_bytes) {
  write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n");

  EXPECT_TRUE(load_master_key(file, false).equals(std::string(32, 'k')));
}

TEST_F(MasterKeyFile, is_refused_when_malformed) {
  for (const char* text : {"", "hello", "a2tr", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=a2tr"}) {
    write(text);
    EXPECT_EQ(code_of_loading(true), "secrets.bad_master_key") << text;
  }
}

TEST_F(MasterKeyFile, is_refused_when_others_can_read_it) {
  for (const mode_t mode : {0604U, 0602U, 0620U, 0666U}) {
    write("a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=\n", mode);
    EXPECT_EQ(code_of_loading(), "secrets.key_file_is_open") << std::oct << mode;
  }
}

}  // namespace
}  // namespace sluice
