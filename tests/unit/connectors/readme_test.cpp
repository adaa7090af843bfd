// The README's overview of tables is made from the table files; this holds it to them.
// REWRITE_README=1 rewrites it instead.
#include "connectors/bigcommerce/bigcommerce_tables.hpp"
#include "connectors/table_overview.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace sluice {
namespace {

constexpr const char* begin_mark = "<!-- tables: made from connectors/bigcommerce/tables -->\n";
constexpr const char* end_mark = "<!-- end of tables -->\n";

std::string read_file(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Readme, has_the_tables_of_the_connector) {
  const std::string path = SLUICE_README;
  std::string readme = read_file(path);
  const auto begin = readme.find(begin_mark);
  const auto end = readme.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end) << "the marks are missing";
  const auto from = begin + std::string(begin_mark).size();
  const std::string overview = "\n" + overview_in_markdown(bigcommerce_tables()) + "\n";

  if (std::getenv("REWRITE_README") != nullptr) {
    std::ofstream(path) << readme.replace(from, end - from, overview);
    return;
  }
  EXPECT_EQ(readme.substr(from, end - from), overview)
      << "run this test with REWRITE_README=1 to bring the README up to date";
}

}  // namespace
}  // namespace sluice
