#include "core/error.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace sluice {
namespace {

template <class Exception>
Error translated(Exception exception) {
  return to_error(std::make_exception_ptr(std::move(exception)));
}

TEST(ErrorKind, prints_and_parses_as_its_name) {
  for (const char* name :
       {"transient", "throttled", "auth", "config", "data", "missing", "conflict", "cancelled", "bug"}) {
    SCOPED_TRACE(name);

    EXPECT_EQ(to_string(error_kind_from(name)), name);
  }
  EXPECT_EQ(error_kind_from("unheard of"), ErrorKind::bug);
}

TEST(Error, keeps_everything_but_gains_a_place) {
  const Error error(ErrorKind::data, "page.malformed", "no JSON", {{"/data", "x", "y"}});

  const Error placed = error.within("orders, page 12");

  EXPECT_EQ(placed.kind(), ErrorKind::data);
  EXPECT_EQ(placed.code(), "page.malformed");
  EXPECT_EQ(placed.message(), "no JSON (orders, page 12)");
  EXPECT_EQ(placed.problems().size(), 1U);
  EXPECT_STREQ(placed.what(), "page.malformed: no JSON (orders, page 12)");
}

TEST(Error, is_what_other_exceptions_become) {
  EXPECT_EQ(translated(Error(ErrorKind::auth, "a.b", "c")).code(), "a.b");
  EXPECT_EQ(translated(std::runtime_error("boom")).kind(), ErrorKind::bug);
  EXPECT_EQ(translated(std::runtime_error("boom")).message(), "boom");
  const boost::system::system_error aborted(boost::asio::error::operation_aborted);
  EXPECT_EQ(translated(aborted).kind(), ErrorKind::cancelled);
  const boost::system::system_error refused(boost::asio::error::connection_refused);
  EXPECT_EQ(translated(refused).kind(), ErrorKind::bug);
}

TEST(OutsideText, loses_control_characters_and_its_tail) {
  EXPECT_EQ(quote_outside_text("a\r\nb\x1B[0m\n"), "a  b [0m");
  EXPECT_EQ(quote_outside_text("abcdef", 3), "abc...");
  EXPECT_EQ(quote_outside_text("abc", 3), "abc");
  EXPECT_EQ(quote_outside_text("aéé", 4), "aé...");
}

}  // namespace
}  // namespace sluice
