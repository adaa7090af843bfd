#include "core/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

using namespace std::string_literals;

TEST(Utf8, keeps_well_formed_text) {
  for (const char* text :
       {"", "plain", "é", "€", "😀", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\x01\x7F"}) {
    SCOPED_TRACE(text);

    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(Utf8, replaces_every_byte_that_belongs_to_no_character) {
  struct Case {
    const char* name;
    std::string text;
    std::string valid;
  };
  const Case cases[] = {
      {"a lone continuation", "a\x80z", "a\uFFFDz"},
      {"a sequence cut short", "a\xE2\x82", "a\uFFFD\uFFFD"},
      {"Latin-1", "caf\xE9!", "caf\uFFFD!"},
      {"an overlong slash", "\xC0\xAF", "\uFFFD\uFFFD"},
      {"an overlong three-byte form", "\xE0\x80\xAF", "\uFFFD\uFFFD\uFFFD"},
      {"a surrogate", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
      {"above the last character", "\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"a byte that UTF-8 never has", "\xFF", "\uFFFD"},
      {"NUL, which PostgreSQL refuses", "a\0b"s, "a\uFFFDb"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(item.name);

    EXPECT_EQ(valid_utf8(item.text), item.valid);
  }
}

TEST(Utf8, cuts_between_characters_and_says_so) {
  EXPECT_EQ(cut_utf8("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_utf8("abcdefg", 6), "abc...");
  EXPECT_EQ(cut_utf8("abéfgh", 6), "ab...");
  EXPECT_EQ(cut_utf8("😀😀", 7), "😀...");
  EXPECT_EQ(cut_utf8("😀😀", 6), "...");
}

}  // namespace
}  // namespace sluice
