#pragma once
// The client of one store: every request carries the store's token, and no other host ever sees it.

#include "connectors/current_credentials.hpp"
#include "connectors/http/client.hpp"

#include <memory>
#include <string>

namespace sluice {

/// Adds the headers that BigCommerce wants to each request. One that is refused is repeated when there are newer
/// credentials by then.
std::unique_ptr<HttpClient> make_signed(std::unique_ptr<HttpClient> inner,
                                        std::shared_ptr<CurrentCredentials> credentials);

/// Sends nothing while the credentials may not be used. Below what waits for the quota or for another try, so that
/// nothing comes between the question and the request.
std::unique_ptr<HttpClient> make_permitted(std::shared_ptr<HttpClient> transport,
                                           std::shared_ptr<CurrentCredentials> credentials);

/// "/stores/abc123": stands in front of every path.
std::string store_path(const Credentials& credentials);

}  // namespace sluice
