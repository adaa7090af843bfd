#include "server/ctl/render.hpp"

#include <gtest/gtest.h>

namespace sluice::ctl {
namespace {

const std::vector<Column> columns{
    {"NAME", "/name"}, {"ROWS", "/rows/read"}, {"OPEN", "/open"}, {"ERROR", "/error/code"}};

TEST(CtlRender, aligns_columns_by_characters_and_leaves_empty_ones_out) {
  const Json items{{{"name", "acme"}, {"rows", {{"read", 12}}}, {"open", true}, {"error", nullptr}},
                   {{"name", "München"}, {"rows", {{"read", 3}}}, {"open", false}, {"error", nullptr}}};

  EXPECT_EQ(table_of(items, columns),
            "NAME     ROWS  OPEN\n"
            "acme     12    yes\n"
            "München  3     no\n");
}

TEST(CtlRender, leaves_fractions_of_a_second_out_of_tables_only) {
  const Json item{{"name", "2026-11-25T00:12:01.623763Z"}};

  EXPECT_EQ(table_of(Json::array({item}), columns), "NAME\n2026-11-25T00:12:01Z\n");
  EXPECT_EQ(text_of(item, columns), "name  2026-11-25T00:12:01.623763Z\n");
}

TEST(CtlRender, shows_that_there_is_nothing) { EXPECT_EQ(table_of(Json::array(), columns), "none\n"); }

TEST(CtlRender, takes_the_items_own_members_when_nobody_chose_columns) {
  const Json items{{{"id", "who_1"}, {"last_used_at", nullptr}, {"nested", {{"a", 1}}}},
                   {{"id", "who_2"}, {"url", "u"}}};

  EXPECT_EQ(table_of(items, {}),
            "ID     URL\n"
            "who_1  -\n"
            "who_2  u\n");
}

TEST(CtlRender, lets_no_control_character_reach_the_terminal) {
  const Json items{{{"name",
                     "a\x1b[2Jb\nc\x7f\xC2\x9B"
                     "31m\xFF"}}};

  EXPECT_EQ(table_of(items, columns), "NAME\na [2Jb c  31m\xEF\xBF\xBD\n");
}

TEST(CtlRender, writes_an_object_as_lines) {
  const Json object{
      {"id", "int_1"}, {"run", {{"id", "run_1"}, {"open", true}}}, {"scopes", {"a", "b"}}, {"none", nullptr}};

  EXPECT_EQ(text_of(object, {}),
            "id        int_1\n"
            "run.id    run_1\n"
            "run.open  yes\n"
            "scopes    a, b\n"
            "none      -\n");
}

TEST(CtlRender, puts_lists_below_the_members_of_their_object) {
  const Json object{{"ready", false}, {"checks", {{{"name", "database"}, {"ok", false}}}}};

  EXPECT_EQ(text_of(object, std::vector<Column>{{"CHECK", "/name"}, {"OK", "/ok"}}),
            "ready  no\n\nchecks:\nCHECK     OK\ndatabase  no\n");
}

TEST(CtlRender, finds_lists_at_every_depth) {
  const Json plan{{"estimate", {{"calls", 3}, {"tables", {{{"name", "orders"}}}}}}};

  EXPECT_EQ(text_of(plan, columns), "estimate.calls  3\n\nestimate.tables:\nNAME\norders\n");
}

TEST(CtlRender, shows_items_that_the_columns_were_not_chosen_for_by_their_own_members) {
  const Json plan{{"dry_run", true}, {"drops", {{{"kind", "destination_table"}, {"id", "public.acme_orders"}}}}};

  EXPECT_EQ(text_of(plan, columns),
            "dry_run  yes\n\ndrops:\nKIND               ID\ndestination_table  public.acme_orders\n");
}

TEST(CtlRender, writes_a_log_line) {
  const Json line{{"number", 1},
                  {"at", "2026-01-01T00:00:00Z"},
                  {"level", "info"},
                  {"message", "page committed"},
                  {"fields", {{"rows", 12}}}};

  EXPECT_EQ(log_line_of(line), "2026-01-01T00:00:00Z  info   page committed  rows=12");
}

}  // namespace
}  // namespace sluice::ctl
