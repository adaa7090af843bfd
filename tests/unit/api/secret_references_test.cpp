#include "api/secret_references.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace sluice::api {
namespace {

class SecretReferences : public testing::Test {
 protected:
  SecretReferences() {
    std::string name = testing::TempDir() + "sluice_secrets_XXXXXX";
    root_ = ::mkdtemp(name.data());
    settings_ = {root_ / "allowed", "SLUICE_SECRET_"};
    std::filesystem::create_directories(settings_.directory / "deep");
    write(settings_.directory / "token", "tok\n");
    write(settings_.directory / "deep" / "token", "deep");
    write(root_ / "outside", "stolen");
    write(root_ / "allowed_too", "stolen");
    ::setenv("SLUICE_SECRET_ONE", "from the environment", 1);
    ::setenv("SLUICE_SECRE", "stolen", 1);
  }
  ~SecretReferences() override { std::filesystem::remove_all(root_); }

  static void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

  std::string read(const Json& reference) {
    try {
      return read_secret(settings_, reference).reveal();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "secret_reference.refused");
      EXPECT_EQ(error.message().find("stolen"), std::string::npos);
      return "refused: " + error.message();
    }
  }
  std::string read_file(const std::string& path) { return read({{"from_file", path}}); }

  std::filesystem::path root_;
  SecretReferenceSettings settings_;
};

TEST_F(SecretReferences, are_files_below_the_directory_without_their_line_end) {
  EXPECT_EQ(read_file("token"), "tok");
  EXPECT_EQ(read_file("deep/token"), "deep");
  EXPECT_EQ(read_file("deep/../token"), "tok");
  EXPECT_EQ(read_file((settings_.directory / "token").string()), "tok");
}

TEST_F(SecretReferences, follow_links_only_as_long_as_they_stay_inside) {
  // As Kubernetes lays out a mounted secret.
  std::filesystem::create_directory_symlink("deep", settings_.directory / "..data");
  std::filesystem::create_symlink("..data/token", settings_.directory / "linked");
  std::filesystem::create_symlink("../outside", settings_.directory / "sneaky");
  std::filesystem::create_symlink(root_ / "outside", settings_.directory / "absolute");
  std::filesystem::create_directory_symlink("..", settings_.directory / "up");

  EXPECT_EQ(read_file("linked"), "deep");
  for (const char* path : {"sneaky", "absolute", "up/outside"}) {
    EXPECT_EQ(read_file(path), "refused: the file must lie below the directory of api.secret_files") << path;
  }
}

TEST_F(SecretReferences, lead_nowhere_else) {
  const std::string below = "refused: the file must lie below the directory of api.secret_files";
  EXPECT_EQ(read_file("../outside"), below);
  EXPECT_EQ(read_file("deep/../../outside"), below);
  EXPECT_EQ(read_file((settings_.directory / "../outside").string()), below);
  EXPECT_EQ(read_file((root_ / "allowed_too").string()), below);
  EXPECT_EQ(read_file("/etc/passwd"), below);
  EXPECT_EQ(read_file(settings_.directory.string() + "/"), below);
  EXPECT_EQ(read_file(settings_.directory.string() + "//etc/passwd"), below);
  EXPECT_TRUE(read_file("missing").starts_with("refused: the file cannot be read"));
  EXPECT_EQ(read_file("deep"), "refused: it is no regular file");
  EXPECT_TRUE(read_file(std::string("token\0x", 7)).starts_with("refused"));
}

TEST_F(SecretReferences, are_short_texts) {
  write(settings_.directory / "full", std::string(64 * 1024, 'x'));
  write(settings_.directory / "large", std::string(64 * 1024 + 1, 'x'));
  write(settings_.directory / "empty", "\n");
  write(settings_.directory / "binary", "\xff\xfe");
  ASSERT_EQ(::mkfifo((settings_.directory / "pipe").c_str(), 0600), 0);

  EXPECT_EQ(read_file("full").size(), 64 * 1024U);
  EXPECT_EQ(read_file("large"), "refused: the secret has more than 64 KiB");
  EXPECT_EQ(read_file("empty"), "refused: the secret is empty");
  EXPECT_EQ(read_file("binary"), "refused: the secret is no UTF-8 text");
  EXPECT_EQ(read_file("pipe"), "refused: it is no regular file");
}

TEST_F(SecretReferences, are_variables_of_the_prefix) {
  EXPECT_EQ(read({{"from_env", "SLUICE_SECRET_ONE"}}), "from the environment");
  for (const char* name : {"PATH", "SLUICE_SECRE", "SLUICE_SECRET_NONE"}) {
    EXPECT_TRUE(read({{"from_env", name}}).starts_with("refused")) << name;
  }
  EXPECT_TRUE(read({{"from_env", "SLUICE_SECRET_ONE"}, {"from_file", "token"}}).starts_with("refused"));
}

TEST_F(SecretReferences, are_refused_with_the_remedy_where_the_operator_allowed_none) {
  settings_ = {};

  EXPECT_NE(read_file("token").find("api.secret_files"), std::string::npos);
  EXPECT_NE(read({{"from_env", "SLUICE_SECRET_ONE"}}).find("api.secret_env_prefix"), std::string::npos);
}

}  // namespace
}  // namespace sluice::api
