#pragma once
// A private PostgreSQL for one test program: started at first use, without TCP and without fsync, gone with the program
// however that ends. Databases are the unit of isolation: each test asks for its own.

#include <filesystem>
#include <string>

namespace sluice {

class TestPostgres {
 public:
  static TestPostgres& instance();
  TestPostgres(const TestPostgres&) = delete;
  TestPostgres& operator=(const TestPostgres&) = delete;

  /// libpq URL of a new, empty database.
  std::string fresh_database();
  /// libpq URL of a new database with the control schema in it.
  std::string control_database();
  /// libpq URL of a database of this cluster, whether it is there or not.
  std::string url(const std::string& database) const;
  const std::filesystem::path& socket_directory() const noexcept { return directory_; }

  /// Runs statements of a test's own outside of any transaction; throws std::runtime_error with the server's message.
  /// The first column of the first row, "" when there is none.
  static std::string execute(const std::string& url, const std::string& sql);

 private:
  TestPostgres();
  ~TestPostgres();
  std::string create_database(const std::string& origin);

  std::filesystem::path directory_;
  int lifeline_ = -1;
  int databases_ = 0;
  bool has_template_ = false;
};

}  // namespace sluice
