// Whom a load trusts with its password and its rows: a server whose certificate it can check, and nobody else.
#include "core/error.hpp"
#include "storage/destination.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/postgres_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {
namespace {

std::unique_ptr<PostgresServer> server_with(const std::string& certificate, std::vector<std::string> options = {}) {
  options.insert(options.end(), {"log_connections=on", "log_statement=all"});
  const Certificates& made = Certificates::instance();
  auto server = std::make_unique<PostgresServer>(
      PostgresServer::Tls{made.certificate(certificate), made.key(certificate)}, std::move(options));
  server->ask("postgres", "create role loader login password 'canary'");
  return server;
}

Json parameters_for(const PostgresServer& server) {
  return {{"host", "127.0.0.1"}, {"port", server.port()},    {"database", "warehouse"},
          {"user", "loader"},    {"sslmode", "verify-full"}, {"sslrootcert", Certificates::instance().authority()}};
}

std::optional<Error> failure_of(const Json& parameters) {
  try {
    DestinationConnection::open(parse_destination(parameters, Secret("canary")));
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

/// Nobody has said who they are, let alone a password: that is logged as soon as it is known.
void expect_nothing_was_said_to(const PostgresServer& server) {
  EXPECT_THAT(server.log(), testing::Not(testing::HasSubstr("user=loader")));
}

TEST(DestinationTls, talks_to_a_server_whose_authority_it_trusts) {
  const auto server = server_with("good");
  Json parameters = parameters_for(*server);

  const auto check = DestinationConnection::open(parse_destination(parameters, Secret("canary")))
                         ->check(*Identifier::parse_schema("shop"));
  EXPECT_EQ(check.user, "loader");
  EXPECT_THAT(server->log(), testing::HasSubstr("user=loader"));
  parameters["host"] = "localhost";
  EXPECT_FALSE(failure_of(parameters)) << "names are verified, too";
}

TEST(DestinationTls, needs_an_authority_to_verify_with) {
  const auto server = server_with("good");
  Json parameters = parameters_for(*server);
  parameters.erase("sslrootcert");

  const auto failure = failure_of(parameters);

  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), "destination.tls_failed");
  expect_nothing_was_said_to(*server);
}

TEST(DestinationTls, does_not_fall_back_to_none) {
  const PostgresServer server({"log_connections=on", "log_statement=all"});

  const auto failure = failure_of(parameters_for(server));

  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), "destination.tls_failed");
  expect_nothing_was_said_to(server);
}

struct Distrusted {
  const char* name;
  const char* certificate;
  std::vector<std::string> options;
  const char* words;
};

class DestinationDistrusts : public testing::TestWithParam<Distrusted> {};

TEST_P(DestinationDistrusts, before_anything_is_said) {
  const auto server = server_with(GetParam().certificate, GetParam().options);

  const auto failure = failure_of(parameters_for(*server));

  ASSERT_TRUE(failure) << "it was trusted";
  EXPECT_EQ(failure->kind(), ErrorKind::config);
  EXPECT_EQ(failure->code(), "destination.tls_failed");
  EXPECT_THAT(failure->message(), testing::HasSubstr(GetParam().words));
  EXPECT_THAT(failure->message(), testing::HasSubstr("must be valid now"));
  expect_nothing_was_said_to(*server);
}

INSTANTIATE_TEST_SUITE_P(Table, DestinationDistrusts,
                         testing::Values(Distrusted{"expired", "expired", {}, "certificate verify failed"},
                                         Distrusted{"not_yet_valid", "not_yet_valid", {}, "certificate verify failed"},
                                         Distrusted{"wrong_host", "wrong_host", {}, "does not match host name"},
                                         Distrusted{"self_signed", "self_signed", {}, "certificate verify failed"},
                                         Distrusted{"weak_key", "weak_key", {}, "certificate verify failed"},
                                         Distrusted{
                                             "old_version",
                                             "good",
                                             {"ssl_min_protocol_version=TLSv1", "ssl_max_protocol_version=TLSv1.1"},
                                             "protocol"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace sluice
