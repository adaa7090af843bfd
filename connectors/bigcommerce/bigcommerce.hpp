#pragma once
// The BigCommerce connector: its table files, its credentials, its login, its REST lists.

#include "connectors/connector.hpp"
#include "connectors/http/client.hpp"
#include "core/blocking_pool.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace sluice {

struct BigCommerceSettings {
  std::string base_url = "https://api.bigcommerce.com";  // checked against the allow-list of source hosts by the caller
  std::string ca_file;
  std::size_t max_in_flight = 8;       // per store
  Duration idle_timeout{60'000};       // of an answer
  Duration request_deadline{300'000};  // of a request, in total
  std::int64_t quota_reserve = 0;      // requests per window left to the shop's other apps
  std::size_t ranges = 8;              // how many id ranges of one first load are read side by side, at most
  Duration safety_lag{60'000};         // the cursor stays this far behind the server's clock
  Duration sweep_interval = std::chrono::hours(24);  // how often lists that show changes only are read whole
};

std::unique_ptr<Connector> make_bigcommerce(boost::asio::any_io_executor executor, BlockingPool& pool, Clock& clock,
                                            BigCommerceSettings settings);

}  // namespace sluice
