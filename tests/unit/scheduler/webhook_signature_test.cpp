#include "scheduler/webhook_signature.hpp"

#include "core/error.hpp"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(WebhookSignature, is_the_one_of_standard_webhooks) {
  struct Case {
    const char* secret;
    const char* id;
    std::int64_t timestamp;
    const char* body;
    const char* signature;
  };
  constexpr Case cases[] = {
      {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})",
       "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
      {"whsec_plJ3nmyCDGBKInavdOK15jsl", "msg_loFOjxBNrRLzqYUf", 1731705121,
       R"({"event_type":"ping","data":{"success":true}})", "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(webhook_signature(Secret(each.secret), each.id, each.timestamp, each.body), each.signature);
  }
}

TEST(WebhookSignature, covers_id_time_and_body) {
  const Secret secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const std::string signature = webhook_signature(secret, "msg_1", 1000, "{}");

  EXPECT_NE(webhook_signature(secret, "msg_2", 1000, "{}"), signature);
  EXPECT_NE(webhook_signature(secret, "msg_1", 1001, "{}"), signature);
  EXPECT_NE(webhook_signature(secret, "msg_1", 1000, "{ }"), signature);
  EXPECT_NE(webhook_signature(Secret("whsec_plJ3nmyCDGBKInavdOK15jsl"), "msg_1", 1000, "{}"), signature);
}

TEST(WebhookSignature, stands_in_the_headers_of_the_specification) {
  const Secret secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

  const Headers headers = webhook_headers(secret, "msg_1", 1000, "{}");

  EXPECT_EQ(headers.find("webhook-id"), "msg_1");
  EXPECT_EQ(headers.find("webhook-timestamp"), "1000");
  EXPECT_EQ(headers.find("webhook-signature"), webhook_signature(secret, "msg_1", 1000, "{}"));
}

TEST(WebhookSignature, refuses_a_secret_of_another_form) {
  for (const char* secret : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64!"}) {
    EXPECT_THROW(webhook_signature(Secret(secret), "msg_1", 1000, "{}"), Error) << secret;
  }
}

}  // namespace
}  // namespace sluice
