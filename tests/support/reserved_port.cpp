#include "tests/support/reserved_port.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>

namespace sluice {
namespace {

constexpr std::uint16_t lowest = 20'000;
constexpr std::uint16_t highest = 32'000;
constexpr int tries = 200;

bool is_free(std::uint16_t port) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, boost::asio::ip::tcp::v4());
  boost::system::error_code error;
  acceptor.set_option(boost::asio::socket_base::reuse_address(true));
  acceptor.bind({boost::asio::ip::address_v4::loopback(), port}, error);
  return !error;
}

}  // namespace

ReservedPort::ReservedPort() {
  const auto directory = std::filesystem::temp_directory_path() / ("sluice-test-ports-" + std::to_string(geteuid()));
  std::filesystem::create_directories(directory);
  std::random_device dice;
  for (int i = 0; i < tries; ++i) {
    number_ = static_cast<std::uint16_t>(lowest + dice() % (highest - lowest));
    lock_ = open((directory / std::to_string(number_)).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ >= 0 && flock(lock_, LOCK_EX | LOCK_NB) == 0 && is_free(number_)) return;
    if (lock_ >= 0) close(lock_);
  }
  throw std::runtime_error("no TCP port from " + std::to_string(lowest) + " to " + std::to_string(highest) +
                           " is free for a test: stop what listens there, and let us write into " + directory.string());
}

ReservedPort::~ReservedPort() { close(lock_); }

}  // namespace sluice
