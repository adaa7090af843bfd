#include "tests/integration/api/api_fixture.hpp"

#include "tests/integration/api/answer_check.hpp"
#include "tests/support/run_to_end.hpp"
#include "tests/support/test_postgres.hpp"

#include <cstdlib>
#include <stdexcept>

namespace sluice {

const Json ApiFixture::good_credentials{{"store_hash", "acme1"}, {"access_token", "good-token-of-the-shop"}};
const ApiFixture::Extra ApiFixture::any_version{{"If-Match", "*"}};

namespace {

std::filesystem::path fresh_directory() {
  std::string name = testing::TempDir() + "sluice_api_XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  return name;
}

}  // namespace

ApiFixture::ApiFixture()
    : secret_files_(fresh_directory()),
      control_url_(TestPostgres::instance().control_database()),
      destination_url_(TestPostgres::instance().fresh_database()),
      database_({.url = Secret(control_url_), .connections = 4}),
      box_(Keyring({Secret(std::string(32, 'k'))})),
      integrations_(database_, box_),
      destinations_(database_, box_),
      queue_(database_),
      tokens_(database_) {
  auto shop = std::make_unique<FakeConnector>();
  shop_ = shop.get();
  connectors_.push_back(std::move(shop));
  destinations_.ensure_embedded();
  limit({});
  admin_ = token(TokenScope::admin);
}

void ApiFixture::limit(ApiLimits limits) {
  // Hosts stand for ways of reaching the one test database, which listens on a socket only.
  const auto address_of = [this](const DestinationRecord& record) {
    const std::string host = record.embedded ? "test" : record.parameters.value("host", "");
    if (host == "test") return parse_connection_url(Secret(destination_url_));
    if (host == "weak")
      return parse_connection_url(Secret(destination_url_.substr(0, destination_url_.rfind("user=")) + "user=weak"));
    return parse_destination(record.parameters, Secret());
  };
  api_ = std::make_unique<Api>(ApiContext{pool_,
                                          clock_,
                                          stop_,
                                          database_,
                                          integrations_,
                                          destinations_,
                                          queue_,
                                          schema_changes_,
                                          tokens_,
                                          webhooks_,
                                          connectors_,
                                          address_of,
                                          [this] { ++wakes_; },
                                          events_,
                                          idempotency_keys_,
                                          limits,
                                          {},
                                          nullptr,
                                          {secret_files_, "SLUICE_SECRET_"}},
                               Log("api"));
}

ApiFixture::~ApiFixture() {
  std::error_code ignored;
  std::filesystem::remove_all(secret_files_, ignored);
}

std::string ApiFixture::token(TokenScope scope) { return tokens_.create("test", scope, std::nullopt).text.reveal(); }

ApiFixture::Answer ApiFixture::ask_raw(HttpRequest request, const std::string& peer) {
  const HttpResponse response = run_to_end(io_, api_->handle(request, peer));
  EXPECT_EQ(broken_promise(request, response), "");
  Answer answer{response.status, response.headers, response.content(), nullptr};
  if (Json::accept(answer.text)) answer.json = Json::parse(answer.text);
  return answer;
}

ApiFixture::Answer ApiFixture::ask(const std::string& method, const std::string& target, const Json& body,
                                   const Extra& extra) {
  HttpRequest request{method, target, {}, body.is_null() ? "" : body.dump()};
  request.headers.set("Authorization", "Bearer " + admin_);
  if (!body.is_null()) request.headers.set("Content-Type", "application/json");
  for (const auto& [name, value] : extra) request.headers.set(name, value);
  return ask_raw(std::move(request));
}

void ApiFixture::make_ready(const std::string& name) {
  const std::string path = "/v1/integrations/" + name;
  ASSERT_EQ(ask("POST", "/v1/integrations", {{"name", name}, {"connector", "shop"}}).status, 201);
  ASSERT_EQ(ask("POST", path + "/authenticate", good_credentials).status, 200);
  ASSERT_EQ(ask("PUT", path + "/selection", {{"tables", {{{"name", "orders"}}}}}, any_version).status, 200);
  ASSERT_EQ(ask("PUT", path + "/destination", {{"destination", "embedded"}}, any_version).status, 200);
}

std::string ApiFixture::confirmed(const std::string& name) {
  make_ready(name);
  const Answer answer = ask("POST", "/v1/integrations/" + name + "/confirm", Json::object());
  EXPECT_EQ(answer.status, 202) << answer.text;
  return answer.json.at("run").at("id");
}

std::string ApiFixture::destination_sql(const std::string& sql) { return TestPostgres::execute(destination_url_, sql); }

std::string ApiFixture::control_dump() {
  return TestPostgres::execute(control_url_, R"(
select string_agg(table_name || ':' || query_to_xml(format(
         'select md5(coalesce(string_agg(t::text, ''|'' order by t::text), '''')) from sluice.%I t', table_name),
         false, true, '')::text, ' ' order by table_name)
from information_schema.tables where table_schema = 'sluice' and table_name not in ('tokens', 'events'))");
}

std::string ApiFixture::row_counts() {
  return TestPostgres::execute(control_url_, R"(
select concat_ws(' ', (select count(*) || ':' || coalesce(sum(generation), 0) || ':' || count(*) filter (where paused) || ':' ||
                              count(*) filter (where state = 'draft') from sluice.integrations),
                 (select count(*) || ':' || coalesce(sum(generation), 0) from sluice.destinations), (select count(*) from sluice.runs),
                 (select count(*) || ':' || count(revoked_at) from sluice.tokens), (select count(*) from sluice.secrets),
                 (select count(*) from sluice.webhooks), (select count(*) from sluice.webhook_deliveries)))");
}

std::string ApiFixture::fingerprint() {
  return TestPostgres::execute(control_url_, R"(
select md5(string_agg(query_to_xml(format('select to_jsonb(t) - ''last_used_at'' from sluice.%I t order by 1', tablename),
                                   true, false, '')::text, '' order by tablename))
from pg_tables where schemaname = 'sluice')");
}

}  // namespace sluice
