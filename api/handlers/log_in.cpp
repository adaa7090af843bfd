#include "api/handlers/log_in.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <variant>

namespace sluice::api {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_login = 60s;

}  // namespace

Task<Account> log_in(const ApiContext& context, Connector& connector, const Credentials& credentials) {
  using namespace boost::asio::experimental::awaitable_operators;
  // As a value: `||` waits for a success, and a failed login must not wait for the limit.
  auto login = attempt(connector.authenticate(credentials));
  auto limit = context.clock.sleep(longest_login);
  auto first = co_await (std::move(login) || std::move(limit));
  if (first.index() == 0) co_return std::get<0>(std::move(first)).take();
  throw Error(ErrorKind::transient, "source.unreachable", "the source did not answer the login within a minute");
}

std::optional<Problem> check_start_date(const std::optional<Time>& start_date, Time now) {
  if (!start_date || *start_date <= now) return std::nullopt;
  return Problem{"/start_date", "start_date_in_future", "must not lie in the future"};
}

}  // namespace sluice::api
