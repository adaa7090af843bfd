// What becomes of fields that nobody knew and of values that fit no column.
#include "storage/schema_changes.hpp"

#include "tests/integration/storage/control_fixture.hpp"

namespace sluice {
namespace {

class SchemaChangesTest : public ControlFixture {
 protected:
  void SetUp() override {
    ControlFixture::SetUp();
    id_ = ready_draft("acme").id;
    const auto selection = integrations.find("acme")->selection;
    table_ = selection.front().name;
  }
  void note(const std::string& field, ColumnType type = ColumnType::text,
            SchemaChangeKind kind = SchemaChangeKind::new_field) {
    changes_.note(id_, table_, {{kind, field, "\"sample\"", type}});
  }
  std::vector<SchemaChange> listed() { return changes_.list(id_, {}).items; }
  std::vector<AddedField> added() { return integrations.find("acme")->selection.front().added; }

  SchemaChanges changes_{database};
  IntegrationId id_;
  std::string table_;
};

TEST_F(SchemaChangesTest, are_kept_once_and_open) {
  note("gift_note");
  note("gift_note", ColumnType::jsonb);

  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed()[0].table, table_);
  EXPECT_EQ(listed()[0].seen.field, "gift_note");
  EXPECT_EQ(listed()[0].seen.proposed_type, ColumnType::jsonb) << "as seen last";
  EXPECT_EQ(listed()[0].state, "open");
  EXPECT_TRUE(added().empty());
}

TEST_F(SchemaChangesTest, become_columns_where_the_policy_says_so) {
  integrations.change(id_, {.frequency = {}, .start_date = {}, .on_new_fields = NewFieldPolicy::add}, std::nullopt);

  note("gift_note", ColumnType::bigint);
  note("gift_note", ColumnType::text);
  note("Weird Name!");
  note("total", ColumnType::numeric, SchemaChangeKind::type);

  ASSERT_EQ(added().size(), 1U) << "once, and only what can be a column";
  EXPECT_EQ(added()[0].name, "gift_note");
  EXPECT_EQ(added()[0].type, ColumnType::bigint) << "a column keeps its type";
  EXPECT_EQ(listed()[0].state, "added");
  EXPECT_EQ(listed()[1].state, "open");
  EXPECT_EQ(listed()[2].state, "open") << "a wider type is for people to decide";
}

TEST_F(SchemaChangesTest, are_nothing_under_ignore_but_for_values_that_do_not_fit) {
  auto selection = integrations.find("acme")->selection;
  selection.front().settings.on_new_fields = NewFieldPolicy::ignore;
  integrations.set_selection(id_, selection, std::nullopt);

  note("gift_note");
  note("total", ColumnType::numeric, SchemaChangeKind::type);

  ASSERT_EQ(listed().size(), 1U);
  EXPECT_EQ(listed()[0].seen.kind, SchemaChangeKind::type);
}

TEST_F(SchemaChangesTest, come_from_what_a_page_shows) {
  Table table;
  Field total;
  total.name = "total";
  total.type = ColumnType::bigint;
  table.fields = {total};
  RowBatch batch;
  batch.new_fields = {{"gift_note", "\"hi\"", ColumnType::text}};
  batch.rejects = {{"1", "total", "is no whole number", "1.5", true},
                   {"2", "total", "is no whole number", "2.5", true},
                   {"3", "", "lost as a whole", "{}", false}};

  const auto seen = changes_in(batch, table);

  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].field, "gift_note");
  EXPECT_EQ(seen[1].kind, SchemaChangeKind::type);
  EXPECT_EQ(seen[1].proposed_type, ColumnType::numeric);
}

}  // namespace
}  // namespace sluice
