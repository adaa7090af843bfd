#pragma once
// Plain bytes over TCP, for what a well-behaved HTTP program would never send.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice {

class RawPeer {
 public:
  /// Takes over a connected socket.
  explicit RawPeer(int socket) : socket_(socket) {
    const timeval limit{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  RawPeer(RawPeer&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer() {
    if (socket_ >= 0) ::close(socket_);
  }

  static RawPeer connect(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    RawPeer peer(socket);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::system_error(errno, std::generic_category(), "connect");
    }
    return peer;
  }

  void send(std::string_view bytes) const { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  /// As much as goes without waiting.
  void send_at_once(std::string_view bytes) const {
    ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  /// Reads what there is, without waiting, and tells whether the other side has closed.
  bool has_ended() const {
    char piece[4096];
    while (true) {
      const ssize_t got = ::recv(socket_, piece, sizeof piece, MSG_DONTWAIT);
      if (got <= 0) return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    }
  }
  std::string receive_exactly(std::size_t bytes) const {
    std::string out(bytes, '\0');
    const ssize_t got = ::recv(socket_, out.data(), bytes, MSG_WAITALL);
    out.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return out;
  }

  /// Everything up to and with `mark`, or up to the end of the connection.
  std::string receive_until(std::string_view mark) const {
    std::string out;
    char byte = 0;
    while (out.find(mark) == std::string::npos && ::recv(socket_, &byte, 1, 0) == 1) out.push_back(byte);
    return out;
  }
  std::string receive_all() const {
    std::string out;
    char piece[4096];
    for (ssize_t got = 0; (got = ::recv(socket_, piece, sizeof piece, 0)) > 0;)
      out.append(piece, static_cast<std::size_t>(got));
    was_reset_ = errno == ECONNRESET;
    return out;
  }
  int descriptor() const { return socket_; }
  bool was_reset() const { return was_reset_; }

 private:
  int socket_;
  mutable bool was_reset_ = false;
};

/// A listening socket whose connections are answered by hand.
class RawListener {
 public:
  RawListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket_, 16) != 0) {
      throw std::system_error(errno, std::generic_category(), "listen");
    }
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;
  ~RawListener() { ::close(socket_); }

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int descriptor() const { return socket_; }
  RawPeer accept() const { return RawPeer(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

}  // namespace sluice
