#include "connectors/bigcommerce/bigcommerce.hpp"

#include "connectors/bigcommerce/bigcommerce_tables.hpp"
#include "connectors/bigcommerce/credentials.hpp"
#include "connectors/bigcommerce/login.hpp"
#include "connectors/bigcommerce/store_client.hpp"
#include "connectors/http/layers.hpp"
#include "connectors/rest/parent_reader.hpp"
#include "connectors/rest/rest_reader.hpp"
#include "core/error.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace sluice {
namespace {

// Somebody waits for the answer of a login: a store that is in trouble is reported soon.
constexpr RetryRules login_retries{
    2, {Duration(500), Duration(1'000)}, {Duration(1'000), Duration(2'000)}, Duration(5'000)};

/// What one store is read with.
struct StoreAccess {
  std::shared_ptr<HttpClient> transport;
  std::shared_ptr<Governor> governor;
  std::shared_ptr<CurrentCredentials> credentials;
};

/// Lists come before what is asked for parent by parent, which takes long.
int rank_of(const Table& table) {
  constexpr int behind_all_lists = 100;
  return static_cast<int>(table.subject) + (table.is_per_parent() ? behind_all_lists : 0);
}

class BigCommerceSource final : public Source {
 public:
  BigCommerceSource(StoreAccess store, BlockingPool& pool, Clock& clock, const BigCommerceSettings& settings, Log log)
      : store_(std::move(store)), pool_(pool), clock_(clock), settings_(settings), log_(std::move(log)) {}

  std::unique_ptr<TableReader> read(ReadRequest request) override {
    auto stats = std::make_shared<RequestStats>();
    const Log log = log_.with({{"list", request.carrier->name}});
    const bool is_below_parents = request.lanes.front().table->is_per_parent();
    auto client = make_source_client(*store_.transport, store_.governor, clock_, log, stats,
                                     rank_of(*request.lanes.front().table));
    client = make_signed(std::move(client), store_.credentials);
    const Credentials& credentials = store_.credentials->now();
    RestRead read{store_path(credentials), credentials.account,      std::move(request), settings_.ranges,
                  settings_.safety_lag,    settings_.sweep_interval, credibility_};
    if (is_below_parents) {
      return std::make_unique<ParentReader>(std::move(client), std::move(stats), pool_, clock_, std::move(read),
                                            settings_.max_in_flight);
    }
    return std::make_unique<RestReader>(std::move(client), std::move(stats), pool_, clock_, std::move(read));
  }

 private:
  StoreAccess store_;
  BlockingPool& pool_;
  Clock& clock_;
  const BigCommerceSettings& settings_;
  Log log_;
  std::shared_ptr<Credibility> credibility_ = std::make_shared<Credibility>();
};

std::vector<std::string> scopes_of(const Catalogue& catalogue) {
  std::vector<std::string> scopes{"store_v2_information_read_only"};
  for (const Table& table : catalogue.tables()) {
    if (table.scopes.empty()) continue;
    if (std::find(scopes.begin(), scopes.end(), table.scopes.front()) == scopes.end())
      scopes.push_back(table.scopes.front());
  }
  return scopes;
}

class BigCommerce final : public Connector {
 public:
  BigCommerce(boost::asio::any_io_executor executor, BlockingPool& pool, Clock& clock, BigCommerceSettings settings)
      : executor_(std::move(executor)),
        pool_(pool),
        clock_(clock),
        settings_(std::move(settings)),
        governors_(clock, settings_.max_in_flight, settings_.quota_reserve),
        info_{"bigcommerce",
              "BigCommerce",
              SLUICE_VERSION,
              "Orders, catalog, customers and marketing of a BigCommerce store, read through its REST lists.",
              bigcommerce_credentials_schema(),
              scopes_of(bigcommerce_tables())} {
    // A base URL that cannot be used is reported at start, not at the first login.
    make_transport();
  }

  const ConnectorInfo& info() const override { return info_; }
  const Catalogue& catalogue() const override { return bigcommerce_tables(); }
  Credentials parse_credentials(const Json& body) const override {
    return parse_bigcommerce_credentials(body, settings_.base_url);
  }

  Task<Account> authenticate(const Credentials& credentials) override {
    const auto transport = transport_of(credentials.account);
    const auto stats = std::make_shared<RequestStats>();
    const Log log = Log("bigcommerce").with({{"store", credentials.account}});
    auto throttled = make_throttled(*transport, governors_.of(credentials.account), stats);
    auto retrying = make_retrying(std::move(throttled), clock_, login_retries);
    const auto client = make_signed(make_observed(std::move(retrying), clock_, log, stats),
                                    std::make_shared<CurrentCredentials>(credentials));
    Login login{*client, catalogue(), store_path(credentials), credentials.account};
    co_return co_await log_in(std::move(login));
  }

  std::unique_ptr<Source> open(std::shared_ptr<CurrentCredentials> credentials, const Log& log) override {
    const std::string account = credentials->now().account;
    StoreAccess store{make_permitted(transport_of(account), credentials), governors_.of(account), credentials};
    return std::make_unique<BigCommerceSource>(std::move(store), pool_, clock_, settings_, log);
  }

 private:
  std::shared_ptr<HttpClient> make_transport() {
    HttpClientSettings http;
    http.base_url = settings_.base_url;
    http.ca_file = settings_.ca_file;
    http.connections = settings_.max_in_flight;
    http.idle_timeout = settings_.idle_timeout;
    http.total_deadline = settings_.request_deadline;
    return make_http_client(executor_, std::move(http));
  }

  /// One set of connections per store, shared by all that read it, gone with the last of them.
  std::shared_ptr<HttpClient> transport_of(const std::string& store) {
    std::erase_if(transports_, [](const auto& item) { return item.second.expired(); });
    if (auto known = transports_[store].lock()) return known;
    auto transport = make_transport();
    transports_[store] = transport;
    return transport;
  }

  boost::asio::any_io_executor executor_;
  BlockingPool& pool_;
  Clock& clock_;
  BigCommerceSettings settings_;
  Governors governors_;
  std::map<std::string, std::weak_ptr<HttpClient>> transports_;
  ConnectorInfo info_;
};

}  // namespace

std::unique_ptr<Connector> make_bigcommerce(boost::asio::any_io_executor executor, BlockingPool& pool, Clock& clock,
                                            BigCommerceSettings settings) {
  return std::make_unique<BigCommerce>(std::move(executor), pool, clock, std::move(settings));
}

}  // namespace sluice
