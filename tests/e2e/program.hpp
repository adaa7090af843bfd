#pragma once
// The executable with other words than `serve`, as an operator runs it beside a daemon.

#include "core/clock.hpp"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace sluice {

class Program {
 public:
  /// Its output, of both kinds, goes into the file anew.
  Program(std::vector<std::string> words, std::filesystem::path output);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void signal(int number);
  void kill();
  /// The exit code, or -signal; throws when it does not end within the limit.
  int wait(Duration limit = Duration(60'000));
  std::string output() const;

 private:
  std::filesystem::path output_;
  pid_t pid_ = -1;
};

}  // namespace sluice
