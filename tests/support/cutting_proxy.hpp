#pragma once
// A wire between a client and a server on loopback that can be cut: at once, or exactly when the client says some
// words, before or after the server has heard them.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

class CuttingProxy {
 public:
  explicit CuttingProxy(std::uint16_t server_port);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  std::uint16_t port() const;

  enum class Moment { before_the_server_hears, after_the_server_has_answered };
  /// The next `times` times that a client sends `words`, its connection ends.
  void cut_at(std::string words, Moment moment, int times);
  /// Connections cut so far.
  int cuts() const;

  /// Hears what one client sends, piece by piece, and may change it before it goes on, or hold it back; says when the
  /// connection is to end here.
  using Ear = std::function<std::optional<Moment>(std::string& sent)>;
  /// For each connection that comes from now on an ear of its own, which is used in the proxy's thread.
  void listen(std::function<Ear()> make_ear);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice
