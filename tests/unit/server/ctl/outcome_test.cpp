#include "server/ctl/outcome.hpp"

#include <gtest/gtest.h>

namespace sluice::ctl {
namespace {

TEST(CtlOutcome, gives_each_status_its_exit_code) {
  const std::pair<int, int> cases[] = {{200, 0},  {202, 0},  {204, 0},  {400, 65}, {401, 77}, {403, 77},
                                       {404, 66}, {405, 65}, {409, 65}, {412, 75}, {413, 65}, {422, 65},
                                       {428, 65}, {429, 75}, {500, 70}, {502, 69}, {503, 69}, {301, 70}};
  for (const auto& [status, code] : cases) EXPECT_EQ(exit_code_of_status(status), code) << status;
}

TEST(CtlOutcome, tells_an_unreachable_daemon_from_bad_settings) {
  EXPECT_EQ(exit_code_of_error(ErrorKind::transient), 69);
  EXPECT_EQ(exit_code_of_error(ErrorKind::config), 78);
  EXPECT_EQ(exit_code_of_error(ErrorKind::auth), 77);
  EXPECT_EQ(exit_code_of_error(ErrorKind::bug), 70);
}

TEST(CtlOutcome, explains_a_problem_with_the_members_at_fault_and_the_remedy) {
  HttpResponse response;
  response.status = 422;
  response.headers.set("Content-Type", "application/problem+json");
  response.body =
      R"({"detail":"/tables/0 is unknown","code":"unknown_table","hint":"GET .../catalog","request_id":"req_1",)"
      R"("errors":[{"pointer":"/tables/0","code":"unknown_table","detail":"did you mean \"orders\"?"}]})";

  EXPECT_EQ(explain(response),
            "sluice: /tables/0 is unknown [422 unknown_table]\n"
            "  /tables/0: did you mean \"orders\"? [unknown_table]\n"
            "  GET .../catalog\n"
            "  request req_1\n");
}

TEST(CtlOutcome, explains_what_is_no_problem_document_too) {
  HttpResponse response;
  response.status = 502;
  response.body = "<html>\x1b[31mBad gateway";

  const std::string text = explain(response);

  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_TRUE(text.starts_with("sluice: 502: <html>")) << text;
}

}  // namespace
}  // namespace sluice::ctl
