#include "server/ctl/invocation.hpp"

#include "server/ctl/help.hpp"
#include "server/ctl/outcome.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sluice::ctl {
namespace {

using Words = std::vector<std::string>;

Invocation understood(const Words& words) {
  auto result = parse(words);
  if (const auto* advice = std::get_if<Advice>(&result)) throw std::runtime_error(advice->text);
  return std::get<Invocation>(std::move(result));
}

Advice advised(const Words& words) { return std::get<Advice>(parse(words)); }

TEST(CtlInvocation, finds_the_command_and_its_words) {
  struct Case {
    Words words;
    std::string command;
    Words path;
    Words arguments;
  };
  const Case cases[] = {
      {{"integrations", "list"}, "integrations list", {}, {}},
      {{"integrations"}, "integrations list", {}, {}},
      {{"integrations", "sync", "acme"}, "integrations sync", {"acme"}, {}},
      {{"integrations", "reload", "acme", "orders", "--mode", "swap"}, "integrations reload", {"acme", "orders"}, {}},
      {{"integrations", "clone", "acme", "acme2"}, "integrations clone", {"acme"}, {"acme2"}},
      {{"tables", "acme"}, "tables list", {"acme"}, {}},
      {{"-o", "json", "jobs"}, "jobs list", {}, {}},
      {{"--url=http://h:1", "jobs", "show", "job_1"}, "jobs show", {"job_1"}, {}},
      {{"logs", "-f", "job_1"}, "logs", {"job_1"}, {}},
      {{"tokens", "create", "--scope", "read", "--", "-odd"}, "tokens create", {}, {"-odd"}},
      {{"completion", "zsh"}, "completion", {}, {"zsh"}},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(testing::PrintToString(item.words));
    const Invocation invocation = understood(item.words);

    EXPECT_EQ(full_name(*invocation.command), item.command);
    EXPECT_EQ(invocation.path, item.path);
    EXPECT_EQ(invocation.arguments, item.arguments);
  }
}

TEST(CtlInvocation, takes_options_in_every_spelling) {
  for (const Words& words : {Words{"jobs", "-o", "json"}, Words{"jobs", "-ojson"}, Words{"jobs", "--output", "json"},
                             Words{"jobs", "--output=json"}, Words{"jobs", "-o", "table", "-o", "json"}}) {
    EXPECT_EQ(understood(words).option("output"), "json") << testing::PrintToString(words);
  }
}

TEST(CtlInvocation, keeps_settings_of_the_local_daemon) {
  const Invocation invocation = understood({"jobs", "--data.directory", "/d", "--server.listen=127.0.0.1:1"});

  EXPECT_EQ(invocation.settings, (KeyValues{{"data.directory", "/d"}, {"server.listen", "127.0.0.1:1"}}));
}

TEST(CtlInvocation, waiting_for_a_new_integration_means_to_confirm_it) {
  EXPECT_TRUE(understood({"integrations", "create", "-f", "x", "--wait"}).has("confirm"));
  EXPECT_FALSE(understood({"integrations", "create", "-f", "x"}).has("confirm"));
}

TEST(CtlInvocation, refuses_what_it_does_not_understand_and_says_what_may_be_meant) {
  struct Case {
    Words words;
    std::string part;
  };
  const Case cases[] = {
      {{}, "what is to be done"},
      {{"integratoins"}, "did you mean \"integrations\""},
      {{"integrations", "synk", "acme"}, "did you mean \"sync\""},
      {{"jobs", "lst"}, "did you mean \"list\""},
      {{"integrations", "sync"}, "wants integration"},
      {{"integrations", "sync", "a", "b"}, "too many words: b"},
      {{"integrations", "sync", ""}, "empty"},
      {{"integrations", "sync", "a", "--wiat"}, "did you mean \"--wait\""},
      {{"integrations", "sync", "a", "--wait=yes"}, "takes no value"},
      {{"integrations", "create"}, "wants --file"},
      {{"tokens", "create", "ci"}, "wants --scope"},
      {{"tokens", "create", "ci", "--scope", "reed"}, "did you mean \"read\""},
      {{"jobs", "--limit", "many"}, "must be a number"},
      {{"jobs", "--limit"}, "wants a value"},
      {{"jobs", "-o", "yaml"}, "must be one of table, json"},
      {{"runs", "show", "run_1", "--wait", "--timeout", "soon"}, "90s"},
      {{"jobs", "-x"}, "there is no option -x"},
      {{"completion", "tcsh"}, "there is no shell tcsh"},
  };
  for (const Case& item : cases) {
    SCOPED_TRACE(testing::PrintToString(item.words));
    const Advice advice = advised(item.words);

    EXPECT_EQ(advice.code, exit_code::usage);
    EXPECT_NE(advice.text.find(item.part), std::string::npos) << advice.text;
  }
}

TEST(CtlInvocation, helps_with_success) {
  const std::string whole = advised({"--help"}).text;
  EXPECT_NE(whole.find("integrations sync INTEGRATION"), std::string::npos);
  EXPECT_NE(whole.find("77"), std::string::npos) << "exit codes are told";
  EXPECT_NE(advised({"integrations", "--help"}).text.find("integrations clone INTEGRATION NAME"), std::string::npos);
  EXPECT_NE(advised({"integrations", "sync", "-h"}).text.find("--wait"), std::string::npos);
  EXPECT_EQ(advised({"logs", "--help"}).code, exit_code::ok);
}

TEST(CtlCommands, are_told_apart_and_so_are_their_options) {
  std::set<std::string> names;
  for (const Command& command : commands()) {
    EXPECT_TRUE(names.insert(full_name(command)).second) << full_name(command);
    std::set<std::string> options;
    std::set<char> letters;
    for (const auto* list : {&command.options, &common_options()}) {
      for (const Option& option : *list) {
        EXPECT_TRUE(options.insert(option.name).second) << full_name(command) << " --" << option.name;
        if (option.letter != 0) EXPECT_TRUE(letters.insert(option.letter).second) << full_name(command);
        EXPECT_EQ(option.value.empty(), option.form == Form::flag) << full_name(command) << " --" << option.name;
        EXPECT_FALSE(option.meaning.empty()) << option.name;
      }
    }
  }
}

}  // namespace
}  // namespace sluice::ctl
