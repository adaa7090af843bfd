#include "tests/e2e/daemon_process.hpp"

#include "storage/keyring.hpp"
#include "tests/support/run_to_end.hpp"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;

std::string whole(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string read_file(const std::filesystem::path& file) {
  std::string text = whole(file);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string log_level() {
  const char* given = std::getenv("TEST_LOG_LEVEL");
  return given != nullptr ? given : "trace";
}

std::string without_scheme(const std::string& url) { return url.substr(url.find("://") + 3); }

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "sluice-e2e-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  path_ = pattern;
  ::chmod(path_.c_str(), 0711);
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

DaemonProcess::DaemonProcess(std::filesystem::path data, std::string source_url, std::vector<std::string> flags)
    : data_(std::move(data)), source_url_(std::move(source_url)), flags_(std::move(flags)) {
  start();
}

DaemonProcess::~DaemonProcess() {
  note_secrets_of_files();
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    try {
      wait(20s);
    } catch (const std::exception&) {
      kill();
    }
  }
  expect_no_leak();
}

void DaemonProcess::start() {
  const auto address = data_ / "sluice.url";
  std::filesystem::remove(address);
  std::vector<std::string> words{SLUICE_BINARY,
                                 "serve",
                                 "--server.listen",
                                 "127.0.0.1:0",
                                 "--server.address_file",
                                 address.string(),
                                 "--data.directory",
                                 (data_ / "data").string(),
                                 "--bigcommerce.base_url",
                                 source_url_,
                                 "--sources.allowed_hosts",
                                 without_scheme(source_url_),
                                 "--log.format",
                                 "json"};
  if (flag("--log.level").empty()) words.insert(words.end(), {"--log.level", log_level()});
  words.insert(words.end(), flags_.begin(), flags_.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log_file = (data_ / "sluice.log").string();

  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(log, 1);
    ::dup2(log, 2);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!std::filesystem::exists(address) || read_file(address).empty()) {
    int status = 0;
    const bool ended = ::waitpid(pid_, &status, WNOHANG) == pid_;
    if (ended) pid_ = -1;
    if (ended || std::chrono::steady_clock::now() > deadline) {
      expect_no_leak();
      throw std::runtime_error("the daemon did not start:\n" + log());
    }
    std::this_thread::sleep_for(20ms);
  }
  note_secrets_of_files();
}

void DaemonProcess::signal(int number) { ::kill(pid_, number); }

int DaemonProcess::wait(Duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG) != pid_) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the daemon does not end:\n" + log());
    std::this_thread::sleep_for(10ms);
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void DaemonProcess::kill() {
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
}

ApiAnswer DaemonProcess::call(const std::string& method, const std::string& path, const Json& body) {
  boost::asio::io_context io;
  ApiClient client(io.get_executor(), url(), admin_token());
  return run_to_end(io, client.ask(method + " " + path, body, {{"If-Match", "*"}}));
}

void DaemonProcess::note_secrets_of_files() {
  leaks_.watch("admin token", admin_token());
  leaks_.watch("embedded PostgreSQL's password", read_file(data_ / "data" / "postgres" / "password"));
  const std::string given = flag("--secrets.master_key_file");
  const std::filesystem::path key_file = given.empty() ? data_ / "data" / "master.key" : std::filesystem::path(given);
  if (!std::filesystem::exists(key_file)) return;
  const Keyring keyring = Keyring::parse(Secret(whole(key_file)), key_file.string());
  for (const auto& key : keyring.keys()) {
    leaks_.watch("master key", key.key.reveal());
    leaks_.watch("master key's line", Keyring({key.key}).text().reveal().substr(0, 44));
  }
}

void DaemonProcess::expect_no_leak() {
  watch_noted_secrets(leaks_);
  leaks_.look("the daemon's log", whole(data_ / "sluice.log"));
  for (const std::string& leak : leaks_.found()) ADD_FAILURE() << leak;
}

std::string DaemonProcess::flag(const std::string& name) const {
  const auto found = std::find(flags_.begin(), flags_.end(), name);
  return found == flags_.end() || found + 1 == flags_.end() ? "" : *(found + 1);
}

std::string DaemonProcess::url() const { return read_file(data_ / "sluice.url"); }

std::string DaemonProcess::admin_token() const { return read_file(data_ / "data" / "admin.token"); }

std::string DaemonProcess::warehouse_url() const { return read_file(data_ / "data" / "warehouse.url"); }

std::string DaemonProcess::log() const {
  std::string text = read_file(data_ / "sluice.log");
  constexpr std::size_t tail = 6000;
  return text.size() > tail ? text.substr(text.size() - tail) : text;
}

}  // namespace sluice
