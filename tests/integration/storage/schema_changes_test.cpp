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
  std::vector<SchemaChange> listed() { return changes_.list(id_, {}, {}).items; }
  std::vector<AddedField> added() { return integrations.find("acme")->selection.front().added; }

  std::int64_t read_again() { return integrations.find("acme")->selection.front().read_again; }

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

/// A store may call a field as it likes; what PostgreSQL has a use for itself can only be looked at.
TEST_F(SchemaChangesTest, never_become_columns_that_postgresql_keeps_to_itself) {
  integrations.change(id_, {.frequency = {}, .start_date = {}, .on_new_fields = NewFieldPolicy::add}, std::nullopt);
  const std::string long_name(63, 'n');
  const std::vector<std::string> hostile{"ctid",
                                         "xmin",
                                         "xmax",
                                         "cmin",
                                         "cmax",
                                         "tableoid",
                                         "_sluice_job_id",
                                         "_sluice_new",
                                         "Total",
                                         "a\"; drop table t; --",
                                         "1st",
                                         "a b",
                                         "n\xc3\xa4me",
                                         long_name + "1",
                                         long_name + "2"};
  for (const std::string& name : hostile) note(name);
  for (const std::string& name : {std::string("oid"), std::string("select"), long_name}) note(name);

  std::vector<std::string> names;
  for (const AddedField& field : added()) names.push_back(field.name);
  EXPECT_EQ(names, (std::vector<std::string>{"oid", "select", long_name}));
  EXPECT_EQ(listed().size(), hostile.size() + 3) << "each is shown, those too that begin alike";
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

  const auto seen = changes_in(batch, {&table.fields.front()});

  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].field, "gift_note");
  EXPECT_EQ(seen[1].kind, SchemaChangeKind::type);
  EXPECT_EQ(seen[1].proposed_type, ColumnType::numeric);
}

TEST_F(SchemaChangesTest, survive_a_value_whose_sample_ends_inside_a_character) {
  Table table;
  table.fields.resize(2);
  table.fields[0].name = "total";
  table.fields[0].type = ColumnType::bigint;
  table.fields[1].name = "extra";
  table.fields[1].type = ColumnType::jsonb;
  std::string raw = "\"";
  for (int i = 0; i < 200; ++i) raw += "\xC3\xBC";
  RowBatch batch;
  batch.rejects = {{"1", "total", "is no whole number", raw + '"', true},
                   {"1", "extra", "is nested too deeply", "[[[]]]", true}};

  const auto seen = changes_in(batch, {&table.fields[0], &table.fields[1]});
  changes_.note(id_, table_, seen);

  ASSERT_EQ(seen.size(), 1U) << "no type is wider than jsonb";
  EXPECT_LE(seen[0].sample.size(), 200U);
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(SchemaChangesTest, become_columns_when_approved) {
  note("gift_note", ColumnType::bigint);
  const auto generation = integrations.find("acme")->generation;

  const auto approved = changes_.approve(id_, listed()[0], Backfill::none);

  EXPECT_EQ(approved.state, "approved");
  EXPECT_EQ(approved.backfill, Backfill::none);
  EXPECT_TRUE(approved.decided_at.has_value());
  ASSERT_EQ(added().size(), 1U);
  EXPECT_EQ(added()[0].name, "gift_note");
  EXPECT_EQ(added()[0].type, ColumnType::bigint);
  EXPECT_EQ(read_again(), 0);
  EXPECT_EQ(integrations.find("acme")->generation, generation + 1);
  // A run that began before goes on seeing it.
  note("gift_note", ColumnType::text);
  EXPECT_EQ(listed()[0].state, "approved");
}

TEST_F(SchemaChangesTest, ask_for_a_table_to_be_read_again_once_per_approval) {
  note("gift_note");

  changes_.approve(id_, listed()[0], Backfill::table);
  changes_.approve(id_, listed()[0], Backfill::table);
  EXPECT_EQ(read_again(), 1) << "the second one said nothing new";
  changes_.approve(id_, listed()[0], Backfill::column);
  EXPECT_EQ(read_again(), 2);

  integrations.note_reread(id_, table_, 1);
  EXPECT_EQ(read_again(), 2) << "what was asked for meanwhile is still to come";
  integrations.note_reread(id_, table_, 2);
  integrations.note_reread(id_, table_, 1);
  EXPECT_EQ(read_again(), 0);
}

TEST_F(SchemaChangesTest, widen_a_column_when_approved) {
  note("total", ColumnType::numeric, SchemaChangeKind::type);

  changes_.approve(id_, listed()[0], Backfill::none);

  const auto widened = integrations.find("acme")->selection.front().widened;
  ASSERT_EQ(widened.size(), 1U);
  EXPECT_EQ(widened[0].name, "total");
  EXPECT_EQ(widened[0].type, ColumnType::numeric);
  note("total", ColumnType::numeric, SchemaChangeKind::type);
  EXPECT_EQ(listed()[0].state, "approved") << "a run that began before sees it still";
  note("total", ColumnType::text, SchemaChangeKind::type);
  EXPECT_EQ(listed()[0].state, "open") << "that does not fit either";
  changes_.approve(id_, listed()[0], Backfill::none);
  note("total", ColumnType::numeric, SchemaChangeKind::type);
  EXPECT_EQ(listed()[0].state, "approved") << "the column has outgrown that";
}

TEST_F(SchemaChangesTest, are_noted_no_more_when_rejected_until_their_type_changes) {
  integrations.change(id_, {.frequency = {}, .start_date = {}, .on_new_fields = NewFieldPolicy::ask}, std::nullopt);
  note("gift_note", ColumnType::bigint);
  EXPECT_EQ(changes_.reject(id_, listed()[0].id).state, "rejected");
  EXPECT_EQ(changes_.reject(id_, listed()[0].id).state, "rejected");
  const Time last_seen = listed()[0].last_seen_at;
  // Not even by the policy: a person said no.
  integrations.change(id_, {.frequency = {}, .start_date = {}, .on_new_fields = NewFieldPolicy::add}, std::nullopt);

  note("gift_note", ColumnType::bigint);

  EXPECT_EQ(listed()[0].state, "rejected");
  EXPECT_EQ(listed()[0].last_seen_at, last_seen);
  note("gift_note", ColumnType::text);
  EXPECT_EQ(listed()[0].state, "open");
  EXPECT_TRUE(added().empty());
}

TEST_F(SchemaChangesTest, can_be_approved_after_all_but_not_taken_back) {
  note("gift_note");
  changes_.reject(id_, listed()[0].id);

  changes_.approve(id_, listed()[0], Backfill::none);

  EXPECT_EQ(added().size(), 1U);
  EXPECT_EQ(code_thrown_by([&] { changes_.reject(id_, listed()[0].id); }), "schema_change.decided");
  EXPECT_EQ(code_thrown_by([&] { changes_.reject(id_, 4711); }), "schema_change.unknown");
}

TEST_F(SchemaChangesTest, are_not_approved_as_what_they_are_no_longer) {
  note("gift_note", ColumnType::bigint);
  const SchemaChange judged = listed()[0];
  note("gift_note", ColumnType::text);

  EXPECT_EQ(code_thrown_by([&] { changes_.approve(id_, judged, Backfill::none); }), "schema_change.changed");
  EXPECT_TRUE(added().empty());
}

TEST_F(SchemaChangesTest, are_listed_by_state) {
  note("a");
  note("b");
  changes_.reject(id_, listed()[0].id);

  EXPECT_EQ(changes_.list(id_, {"open"}, {}).items.size(), 1U);
  EXPECT_EQ(changes_.list(id_, {"open", "rejected"}, {}).items.size(), 2U);
  EXPECT_EQ(changes_.list(id_, {"approved"}, {}).items.size(), 0U);
}

}  // namespace
}  // namespace sluice
