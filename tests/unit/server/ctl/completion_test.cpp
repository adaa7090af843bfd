#include "server/ctl/completion.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace sluice::ctl {
namespace {

/// What bash offers behind these words, the last of which is being typed.
std::string offered(const std::string& words) {
  std::string file = testing::TempDir() + "sluice-completion-XXXXXX";
  const int descriptor = ::mkstemp(file.data());
  EXPECT_GE(descriptor, 0);
  std::ofstream(file) << completion_for("bash") << "COMP_WORDS=(" << words
                      << ")\nCOMP_CWORD=$((${#COMP_WORDS[@]}-1))\n_sluice\necho \"${COMPREPLY[*]}\"\n";
  std::string text;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(("bash " + file + " 2>&1").c_str(), "r"), ::pclose);
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) text += buffer.data();
  std::remove(file.c_str());
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

TEST(CtlCompletion, offers_in_bash_what_can_follow) {
  const std::pair<const char*, const char*> cases[] = {
      {"sluice ct", "ctl"},
      {"sluice ctl integ", "integrations"},
      {"sluice ctl integrations sy", "sync"},
      {"sluice ctl integrations sync acme --wa", "--wait"},
      {"sluice ctl integrations reload acme orders --mode ''", "swap merge"},
      {"sluice ctl --quiet tokens create ci --scope o", "operate"},
      {"sluice ctl jobs list -o ''", "table json"},
      {"sluice ctl jobs ret", "retry"},
      {"sluice ctl jobs can", "cancel"},
      {"sluice ctl events --fol", "--follow"},
      {"sluice ctl events --type run.", "run.opened run.finished"},
      {"sluice ctl completion f", "fish"},
      {"sluice ctl nothing ''", ""},
  };
  for (const auto& [words, offer] : cases) EXPECT_EQ(offered(words), offer) << words;
}

TEST(CtlCompletion, speaks_of_each_command_in_every_shell) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_for(shell);
    for (const char* word : {"integrations", "clone", "freshness", "timeout", "swap"}) {
      EXPECT_NE(script.find(word), std::string::npos) << shell << ' ' << word;
    }
  }
}

}  // namespace
}  // namespace sluice::ctl
