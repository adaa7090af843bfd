#include "tests/e2e/program.hpp"

#include "tests/support/eventually.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace sluice {

Program::Program(std::vector<std::string> words, std::filesystem::path output) : output_(std::move(output)) {
  words.insert(words.begin(), SLUICE_BINARY);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(file, 1);
  ::dup2(file, 2);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

Program::~Program() {
  if (pid_ > 0) kill();
}

void Program::signal(int number) { ::kill(pid_, number); }

void Program::kill() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Program::wait(Duration limit) {
  int status = 0;
  if (!eventually(limit, [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) {
    throw std::runtime_error("the program does not end:\n" + output());
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string Program::output() const {
  std::ifstream in(output_);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace sluice
