// Clients that mean harm, or do not care, against the real daemon: it answers everybody else meanwhile, and nothing of
// them stays behind.
//
//   TEST_ROUNDS=1000000 TEST_SEED=…: the long form of the soak

#include "tests/e2e/replication_fixture.hpp"
#include "tests/support/random_test.hpp"
#include "tests/support/raw_peer.hpp"
#include "tests/support/sanitized.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sluice {
namespace {

using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t crowd = 500;
/// Those of the daemon under test; the product's are longer.
constexpr auto request_deadline = 2s;
/// What the daemon may open for itself meanwhile: connections to its database.
constexpr std::size_t own_descriptors = 16;

class HostileClients : public Replication {
 protected:
  void start(std::vector<std::string> flags = {}) {
    open_store({});
    flags.insert(flags.end(), {"--server.request_deadline", "2s"});
    start_daemon(std::move(flags));
    port = static_cast<std::uint16_t>(std::stoi(daemon->url().substr(daemon->url().rfind(':') + 1)));
    token = daemon->admin_token();
    // What it opens and allocates once, it has from now on.
    for (int i = 0; i < 50; ++i) ask_ready();
    descriptors_at_rest = descriptors();
    memory_at_rest = memory();
  }

  std::size_t descriptors() const {
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(daemon->pid()) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  /// Resident bytes.
  std::size_t memory() const {
    std::ifstream status("/proc/" + std::to_string(daemon->pid()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6)) * 1024;
    }
    return 0;
  }
  /// How much more memory there may be in use, in bytes.
  static std::size_t room(std::size_t megabytes) { return (is_sanitized ? 2'000 : megabytes) * 1024 * 1024; }
  void ask_ready() const {
    const auto peer = RawPeer::connect(port);
    peer.send("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    peer.receive_all();
  }

  /// How long /livez takes on a connection of its own; nothing when it does not answer.
  std::optional<Milliseconds> time_of_livez() const {
    const auto began = std::chrono::steady_clock::now();
    const auto peer = RawPeer::connect(port);
    peer.send("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    if (!peer.receive_all().starts_with("HTTP/1.1 200")) return std::nullopt;
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - began);
  }

  void expect_livez_answers(std::size_t times) {
    std::vector<Milliseconds> taken;
    for (std::size_t i = 0; i < times; ++i) {
      const auto one = time_of_livez();
      ASSERT_TRUE(one) << daemon->log();
      taken.push_back(*one);
    }
    std::sort(taken.begin(), taken.end());
    const auto p99 = taken[taken.size() * 99 / 100];
    std::cout << "/livez p50 " << taken[taken.size() / 2].count() << " ms, p99 " << p99.count() << " ms" << std::endl;
    EXPECT_LE(p99, is_sanitized ? 20s : 250ms);
  }

  void expect_nothing_is_left() {
    EXPECT_TRUE(eventually(15s, [this] { return descriptors() <= descriptors_at_rest + own_descriptors; }))
        << descriptors() << " descriptors, " << descriptors_at_rest << " before";
    const std::size_t now = memory();
    std::cout << "memory " << memory_at_rest / 1024 << " KiB before, " << now / 1024 << " KiB after" << std::endl;
    EXPECT_LT(now, memory_at_rest + room(64));
    // The token may have used up its share; that passes.
    EXPECT_TRUE(eventually(15s, [this] { return daemon->call("GET", "/v1/integrations").status == 200; }));
  }

  std::string authorized(const std::string& line, const std::string& more = "") const {
    return line + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n" + more + "\r\n";
  }

  std::uint16_t port = 0;
  std::string token;
  std::size_t descriptors_at_rest = 0;
  std::size_t memory_at_rest = 0;
};

/// What such a client sends at once, and then again and again for as long as it is let.
struct Nuisance {
  const char* name;
  std::function<std::string(std::size_t)> first;
  std::string again;
  /// Cut off by the daemon within its total deadline, whatever still comes.
  bool is_cut;
};

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// Status lines, not what a problem says about HTTP.
int answers_in(const std::string& reply) {
  constexpr std::string_view start = "HTTP/1.1 ";
  int count = 0;
  for (std::size_t at = reply.find(start); at != std::string::npos; at = reply.find(start, at + 1)) {
    const std::size_t code = at + start.size();
    count += code < reply.size() && reply[code] >= '0' && reply[code] <= '9' ? 1 : 0;
  }
  return count;
}

std::vector<Nuisance> nuisances() {
  const auto always = [](std::string text) { return [text = std::move(text)](std::size_t) { return text; }; };
  const std::string post = "POST /v1/integrations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  return {
      {"idle", always(""), "", false},
      {"slow_line", always("GET /liv"), "e", true},
      {"slow_head", always("GET /livez HTTP/1.1\r\nHost: x\r\nA: "), "a", true},
      {"slow_body", always(post + "Content-Length: 100000\r\n\r\n{"), " ", true},
      {"slow_chunks", always(post + "Transfer-Encoding: chunked\r\n\r\n"), "1\r\na\r\n", true},
      {"empty_lines", always("\r\n"), "\r\n", true},
      {"huge_head", always("GET /livez HTTP/1.1\r\nHost: x\r\nA: " + std::string(64 * 1024, 'a')), "", true},
      {"many_headers", always("GET /livez HTTP/1.1\r\nHost: x\r\n" + repeated("A: b\r\n", 8'000)), "", true},
      {"huge_line", always("GET /" + std::string(64 * 1024, 'a')), "", true},
      {"huge_body", always(post + "Content-Length: 104857600\r\n\r\n" + std::string(64 * 1024, ' ')), "", true},
      {"huge_chunk", always(post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffff0\r\n" + std::string(9'000, ' ')),
       "", true},
      {"huge_extension", always(post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(64 * 1024, 'a')), "", true},
      {"garbage",
       [](std::size_t i) {
         std::mt19937 dice(static_cast<std::mt19937::result_type>(i));
         std::string bytes(2'000, '\0');
         for (char& byte : bytes) byte = static_cast<char>(dice());
         return bytes;
       },
       "", true},
      {"tls", always(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(512, '\x01')), "",
       true},
      {"deep_json", always(post + "Content-Length: 200000\r\n\r\n" + std::string(200'000, '[')), "", false},
      {"pipelined", always(repeated("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", 200)), "", false},
  };
}

TEST_F(HostileClients, keep_nobody_else_from_an_answer) {
  start();
  const auto kinds = nuisances();
  std::deque<RawPeer> peers;
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < crowd; ++i) {
    peers.push_back(RawPeer::connect(port));
    peers.back().send_at_once(kinds[i % kinds.size()].first(i));
  }
  std::atomic<bool> is_over = false;
  std::thread nagging([&] {
    while (!is_over) {
      for (std::size_t i = 0; i < peers.size() && !is_over; ++i) peers[i].send_at_once(kinds[i % kinds.size()].again);
      std::this_thread::sleep_for(20ms);
    }
  });

  expect_livez_answers(300);
  std::size_t most = memory();
  const auto uncut = [&] {
    std::string names;
    for (std::size_t i = 0; i < peers.size(); ++i) {
      const Nuisance& kind = kinds[i % kinds.size()];
      if (kind.is_cut && !peers[i].has_ended()) names += std::string(kind.name) + " ";
    }
    return names;
  };
  const auto all_cut = [&] {
    most = std::max(most, memory());
    return uncut() == "";
  };
  EXPECT_TRUE(eventually(request_deadline + 10s, all_cut));
  std::cout << "all were cut after "
            << std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - began).count() << " ms"
            << std::endl;
  is_over = true;
  nagging.join();
  EXPECT_EQ(uncut(), "");
  EXPECT_LT(most, memory_at_rest + room(64)) << "while they were there";
  peers.clear();
  expect_nothing_is_left();
}

/// Two readers that disagree on where a request ends: the second request must never be seen by ours alone.
TEST_F(HostileClients, smuggle_nothing) {
  start();
  const std::string wanted = R"({"name":"smuggled","scope":"admin"})";
  const std::string hidden = authorized("POST /v1/tokens", "Content-Length: " + std::to_string(wanted.size()) +
                                                               "\r\nContent-Type: application/json\r\n") +
                             wanted;
  const auto length = std::to_string(hidden.size());
  const std::string post = "POST /livez HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::string> attempts{
      post + "Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\r\nContent-Length: " + length + "\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
      post +
          "Transfer-Encoding:\x0b"
          "chunked\r\n\r\n0\r\n\r\n" +
          hidden,
      post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "Content-Length: 0\r\nContent-Length: " + length + "\r\n\r\n" + hidden,
      post + "Content-Length: " + length + "\r\nContent-Length: 0\r\n\r\n" + hidden,
      post + "Content-Length: 0, " + length + "\r\n\r\n" + hidden,
      post + "Content-Length: +0\r\n\r\n" + hidden,
      post + "Content-Length: -1\r\n\r\n" + hidden,
      post + "Content-Length: 0x0\r\n\r\n" + hidden,
      post + "Content-Length: 0 0\r\n\r\n" + hidden,
      post + "Content-Length: 18446744073709551616\r\n\r\n" + hidden,
      post + "Content-Length:\r\n 0\r\n\r\n" + hidden,
      post + "Content\rLength: 0\r\n\r\n" + hidden,
      "GET /livez HTTP/1.1\nHost: x\n\n" + hidden,
      "GET /livez HTTP/1.1\r\nHost: x\r\nA: b\n\r\n" + hidden,
      "GET /livez HTTP/1.1\r\nHost: x\n\r\n" + hidden,
      "GET /livez HTTP/1.1\r\nHost: x\r\nA: b\rX: y\r\n\r\n" + hidden,
      "GET /livez HTTP/1.1\r\nHost: x\r\nA: " + std::string(1, '\0') + "\r\n\r\n" + hidden,
      "GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + hidden,
      "GET http://evil/livez HTTP/1.1\r\nHost: x\r\n\r\n" + hidden,
      "GET /livez HTTP/1.1\r\n\r\n" + hidden,
      "GET /livez HTTP/9.9\r\nHost: x\r\n\r\n" + hidden,
      "GET /livez\r\n\r\n" + hidden,
      "GET  /livez HTTP/1.1\r\nHost: x\r\n\r\n" + hidden,
      "GET /livez HTTP/1.1 \r\nHost: x\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\r\n\r\n-0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\r\n\r\n0\n\n" + hidden,
      post + "Transfer-Encoding: chunked\r\n\r\n1\nX0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\r\n\r\n1\r\nXX0\r\n\r\n" + hidden,
  };
  for (const std::string& attempt : attempts) {
    const auto peer = RawPeer::connect(port);
    peer.send(attempt);
    const std::string reply = peer.receive_all();
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 4")) << attempt.substr(0, 120) << "\n->\n" << reply.substr(0, 120);
    EXPECT_EQ(answers_in(reply), 1) << "to " << attempt.substr(0, 120);
  }
  const Json tokens = daemon->call("GET", "/v1/tokens").body.at("items");
  for (const auto& each : tokens) EXPECT_NE(each.value("name", ""), "smuggled");
  expect_nothing_is_left();
}

/// Answers that nobody reads fill no memory; how long they are kept is for the listener's tests.
TEST_F(HostileClients, that_do_not_read_fill_no_memory) {
  start();
  const std::string request = authorized("GET /openapi.json");
  std::deque<RawPeer> peers;
  for (int i = 0; i < 100; ++i) {
    peers.push_back(RawPeer::connect(port));
    peers.back().send_at_once(repeated(request, 100));
  }

  expect_livez_answers(100);
  EXPECT_LT(memory(), memory_at_rest + room(64));
  peers.clear();
  expect_nothing_is_left();
}

TEST_F(HostileClients, that_take_every_descriptor_only_delay_the_others) {
  start();
  const auto limit = static_cast<rlim_t>(descriptors_at_rest + own_descriptors + 20);
  const rlimit few{limit, limit};
  ASSERT_EQ(::prlimit(daemon->pid(), RLIMIT_NOFILE, &few, nullptr), 0);
  std::deque<RawPeer> peers;
  for (int i = 0; i < 100; ++i) {
    peers.push_back(RawPeer::connect(port));
    peers.back().send_at_once("GET /livez");
  }
  EXPECT_TRUE(eventually(5s, [&] { return descriptors() >= limit; })) << descriptors();

  // As its deadline cuts the ones, it takes the others.
  EXPECT_TRUE(eventually(30s, [&] { return time_of_livez().has_value(); })) << daemon->log();
  peers.clear();

  expect_livez_answers(50);
  expect_nothing_is_left();
}

/// Every kind of request over and over, well-formed or not: memory stays where it is.
TEST_F(HostileClients, wear_nothing_out) {
  start();
  auto dice = seeded_dice();
  const std::vector<std::string> requests{
      "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n",
      authorized("GET /v1/integrations"),
      authorized("GET /v1/integrations/nobody"),
      authorized("GET /v1/jobs?limit=5"),
      authorized("DELETE /v1/integrations/nobody", "If-Match: *\r\n"),
      authorized("POST /v1/integrations", "Content-Type: application/json\r\nContent-Length: 9\r\n") + R"({"a":[1]})",
      authorized("POST /v1/integrations", "Content-Type: application/json\r\nContent-Length: 4\r\n") + "{{{{",
  };
  const int total = rounds(5'000);
  const auto run = [&](int count) {
    for (int done = 0; done < count;) {
      const auto peer = RawPeer::connect(port);
      for (int i = 0; i < 100 && done < count; ++i, ++done) {
        peer.send(requests[dice() % requests.size()]);
        const std::string head = peer.receive_until("\r\n\r\n");
        ASSERT_TRUE(head.starts_with("HTTP/1.1 ")) << head;
        const auto at = head.find("Content-Length: ");
        if (at != std::string::npos) peer.receive_exactly(std::stoul(head.substr(at + 16)));
      }
    }
  };
  run(total / 5);
  const std::size_t warm = memory();
  run(total - total / 5);

  std::cout << "memory " << warm / 1024 << " KiB when warm, " << memory() / 1024 << " KiB at the end" << std::endl;
  EXPECT_LT(memory(), warm + room(16));
  expect_nothing_is_left();
}

}  // namespace
}  // namespace sluice
