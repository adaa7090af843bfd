#include "tests/integration/storage/control_fixture.hpp"

namespace sluice {
namespace {

class DestinationsTest : public ControlFixture {
 protected:
  const Json parameters = {{"host", "db.example.com"}, {"port", 5432}, {"database", "warehouse"}};
};

TEST_F(DestinationsTest, keep_their_password_sealed) {
  const DestinationRecord made = destinations.create("Warehouse", parameters, Secret("canary"));

  EXPECT_TRUE(made.has_password);
  EXPECT_FALSE(made.embedded);
  EXPECT_EQ(made.parameters, parameters);
  EXPECT_TRUE(destinations.password(made.id).equals("canary"));
  EXPECT_EQ(sql("select count(*) from sluice.secrets where position('canary'::bytea in sealed) > 0"), "0");
  EXPECT_EQ(destinations.find("warehouse")->id, made.id);
  EXPECT_EQ(destinations.find(made.id.str())->name, "Warehouse");
}

TEST_F(DestinationsTest, do_without_a_password) {
  const DestinationRecord made = destinations.create("peer", parameters, Secret());

  EXPECT_FALSE(made.has_password);
  EXPECT_TRUE(destinations.password(made.id).empty());
}

TEST_F(DestinationsTest, have_names_of_their_own_without_regard_to_case) {
  destinations.create("warehouse", parameters, Secret("a"));

  EXPECT_EQ(code_thrown_by([this] { destinations.create("WAREHOUSE", parameters, Secret("b")); }),
            "destination.name_taken");
  EXPECT_EQ(sql("select count(*) from sluice.secrets"), "1");
}

TEST_F(DestinationsTest, include_the_embedded_one_once) {
  const DestinationRecord first = destinations.ensure_embedded();
  const DestinationRecord second = destinations.ensure_embedded();

  EXPECT_EQ(first.id, second.id);
  EXPECT_EQ(first.name, "embedded");
  EXPECT_TRUE(first.embedded);
  EXPECT_EQ(code_thrown_by([&] { destinations.remove(first.id, std::nullopt); }), "destination.embedded");
  EXPECT_EQ(code_thrown_by([&] { destinations.change(first.id, parameters, std::nullopt, std::nullopt); }),
            "destination.embedded");
}

TEST_F(DestinationsTest, change_and_raise_their_generation) {
  const DestinationRecord made = destinations.create("warehouse", parameters, Secret("old"));
  Json moved = parameters;
  moved["host"] = "other.example.com";

  const DestinationRecord changed = destinations.change(made.id, moved, std::nullopt, made.generation);
  EXPECT_EQ(changed.generation, made.generation + 1);
  EXPECT_EQ(changed.parameters["host"], "other.example.com");
  EXPECT_TRUE(destinations.password(made.id).equals("old"));

  destinations.change(made.id, moved, Secret("new"), changed.generation);
  EXPECT_TRUE(destinations.password(made.id).equals("new"));
  EXPECT_EQ(code_thrown_by([&] { destinations.change(made.id, moved, Secret("x"), made.generation); }),
            "destination.changed");

  EXPECT_FALSE(destinations.change(made.id, moved, Secret(), std::nullopt).has_password);
}

TEST_F(DestinationsTest, are_removed_when_nobody_uses_them) {
  const DestinationRecord made = destinations.create("warehouse", parameters, Secret("old"));
  const IntegrationId user = draft("acme").id;
  integrations.set_destination(user, made.id, "public", std::nullopt);

  EXPECT_EQ(code_thrown_by([&] { destinations.remove(made.id, std::nullopt); }), "destination.in_use");
  integrations.begin_delete(user, std::nullopt);
  integrations.finish_delete(user);
  destinations.remove(made.id, made.generation);

  EXPECT_FALSE(destinations.find("warehouse"));
  EXPECT_EQ(sql("select count(*) from sluice.secrets"), "0");
  EXPECT_EQ(code_thrown_by([&] { destinations.remove(made.id, std::nullopt); }), "destination.unknown");
}

TEST_F(DestinationsTest, list_page_by_page) {
  for (const char* name : {"a", "b", "c"}) destinations.create(name, parameters, Secret());

  const auto first = destinations.list({.limit = 2, .after = {}});
  const auto second = destinations.list({.limit = 2, .after = first.next});

  EXPECT_EQ(first.items.size(), 2U);
  EXPECT_LT(first.items[0].id, first.items[1].id);
  EXPECT_EQ(second.items.size(), 1U);
  EXPECT_FALSE(second.next);
}

}  // namespace
}  // namespace sluice
