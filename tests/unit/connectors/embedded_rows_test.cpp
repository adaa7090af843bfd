// Rows of one table that stand inside the records of another.
#include "tests/unit/connectors/decoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string parts_file =
    R"({"table": "parts", "title": "Parts", "meaning": "For tests.", "subject": "catalog", "style": "v2", "key": ["id"], "scopes": ["read"],
    "parent": {"table": "things", "link": "embedded", "field": "thing_id", "rows": ["boxes.left.items", "boxes.right.deep.items"]},
    "fields": [["id", "bigint", "Number"], ["thing_id", "bigint", "Owner", {"from": "^.id"}], ["sku", "text", "Code", {"from": "goods.sku"}]]})";

class EmbeddedRows : public testing::Test {
 protected:
  void decode(const std::string& body, bool with_things = true) {
    std::vector<Lane> lanes{parts_};
    if (with_things) lanes.push_back(things_);
    page_ = PageDecoder(*things_.table, lanes).decode(body);
    part_rows_ = rows_of(page_.batches[0], parts_);
    if (with_things) thing_rows_ = rows_of(page_.batches[1], things_);
  }

  const RowBatch& parts() const { return page_.batches[0]; }

  Catalogue tables_ = tables_of({things_file("v2", R"(, ["boxes", "jsonb", "Boxes"])"), parts_file});
  Lane things_ = whole(*tables_.find("things"));
  Lane parts_ = whole(*tables_.find("parts"));
  DecodedPage page_;
  std::vector<std::string> part_rows_;
  std::vector<std::string> thing_rows_;
};

TEST_F(EmbeddedRows, are_found_at_all_their_places_and_know_their_parent) {
  decode(
      R"([{"boxes": {"left": [{"items": [{"id": 11, "goods": {"sku": "a"}}, {"id": 12}]}, {"x": 1}, {"items": [{"id": 13}]}],
                        "right": {"deep": [{"items": {"id": 14, "goods": []}}]}}, "id": 1},
             {"id": 2, "boxes": {"left": [], "right": {"deep": []}}}])");

  EXPECT_THAT(part_rows_, ElementsAre("11 | 1 | a", "12 | 1 | null", "13 | 1 | null", "14 | 1 | null"));
  EXPECT_THAT(parts().parents, ElementsAre(1, 2));
  EXPECT_THAT(parts().key_hashes, SizeIs(4));
  EXPECT_THAT(thing_rows_, SizeIs(2));
  EXPECT_EQ(page_.facts.records, 2U);
}

TEST_F(EmbeddedRows, do_not_need_their_parents_lane) {
  decode(R"([{"id": 1, "boxes": {"left": [{"items": [{"id": 11}]}]}}])", false);

  EXPECT_THAT(part_rows_, ElementsAre("11 | 1 | null"));
  EXPECT_THAT(parts().parents, ElementsAre(1));
  EXPECT_EQ(page_.facts.last_key, 1);
}

TEST_F(EmbeddedRows, of_a_parent_that_does_not_show_them_are_left_alone) {
  decode(R"([{"id": 1}, {"id": 2, "boxes": {"url": "https://x", "resource": "/x"}}, {"id": 3, "boxes": null}])");

  EXPECT_THAT(part_rows_, IsEmpty());
  EXPECT_THAT(parts().parents, IsEmpty());
  EXPECT_EQ(thing_rows_[1], R"(2 | {"url": "https://x", "resource": "/x"})");
}

TEST_F(EmbeddedRows, that_are_bad_keep_their_parent_from_being_replaced) {
  decode(R"([{"id": 1, "boxes": {"left": [{"items": [{"goods": {"sku": "lost"}}, {"id": 12}, 7, {"id": 13,}]}]}},
             {"id": 2, "boxes": {"left": [{"items": [{"id": 21}]}]}}])",
         false);

  EXPECT_THAT(part_rows_, ElementsAre("12 | 1 | null", "21 | 2 | null"));
  EXPECT_THAT(parts().parents, ElementsAre(2));
  ASSERT_THAT(parts().rejects, SizeIs(3));
  EXPECT_EQ(parts().rejects[0].field, "id");
  EXPECT_EQ(parts().rejects[0].raw, R"({"goods": {"sku": "lost"}})");
  EXPECT_EQ(parts().rejects[1].reason, "is no object");
  EXPECT_EQ(parts().rejects[2].key, "13");
}

TEST_F(EmbeddedRows, of_a_member_that_stands_twice_are_those_of_the_last) {
  decode(R"([{"id": 1, "boxes": {"left": [{"items": [{"id": 11}]}]}, "boxes": {"left": [{"items": [{"id": 12}]}]}}])");

  EXPECT_THAT(part_rows_, ElementsAre("12 | 1 | null"));
}

TEST_F(EmbeddedRows, of_a_record_that_cannot_be_read_are_rejected_with_it) {
  decode(R"([{"id": 1, "boxes": {"left": [{"items": [{"id": 11}]}]}, "x" 5}, {"id": 2, "boxes": {"left": []}}])",
         false);

  EXPECT_THAT(part_rows_, IsEmpty());
  EXPECT_THAT(parts().parents, ElementsAre(2));
  EXPECT_THAT(parts().rejects, SizeIs(1));
}

}  // namespace
}  // namespace sluice
