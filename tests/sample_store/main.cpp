// sluice-sample-store: the sample store as a program of its own.

#include "core/error.hpp"
#include "tests/sample_store/sample_store.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>

namespace {

using sluice::Duration;
using namespace sluice::sample_store;

/// Milliseconds, as a number on the command line.
struct CommandLine {
  SampleStoreOptions options;
  std::int64_t window = 30'000;
  std::int64_t latency = 0;
  std::string address_file;
  std::string credentials_file;
};

void describe(CLI::App& app, CommandLine& line) {
  SampleStoreOptions& options = line.options;
  app.add_option("--address", options.address, "Address to listen at")->capture_default_str();
  app.add_option("--port", options.port, "Port; 0 takes any free one (see --address-file)")->capture_default_str();
  app.add_option("--address-file", line.address_file, "File to write the base URL into once it listens");
  app.add_option("--credentials-file", line.credentials_file,
                 "File to write API credentials into, in BigCommerce's own text form");
  app.add_option("--seed", options.seed, "The same seed gives the same store")->capture_default_str();
  app.add_option("--orders", options.orders, "How many orders")->capture_default_str()->check(CLI::NonNegativeNumber);
  app.add_option("--products", options.products, "How many products")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--customers", options.customers, "How many customers")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--subscribers", options.subscribers, "How many subscribers")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--coupons", options.coupons, "How many coupons")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--store-hash", options.store_hash, "The store's hash in every path")->capture_default_str();
  app.add_option("--token", options.access_token, "The access token that is asked for")->capture_default_str();
  app.add_option("--plan", options.plan, "The plan's name in /v2/store")->capture_default_str();
  app.add_option("--quota", options.quota, "Requests per window; 0: unlimited, no rate headers")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--window", line.window, "Length of the quota's window in milliseconds")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--latency", line.latency, "Milliseconds that every answer takes")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--scopes", options.scopes, "Granted scopes, separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--page-size", options.max_page_size, "The largest page; above it 413")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_flag_callback(
      "--clamp", [&options] { options.over_limit = OverLimit::clamp; },
      "Cut a larger limit down instead of refusing it");
  app.add_flag("--day-granular", options.day_granular_filters, "Date filters see the day only");
  app.add_option("--live", options.live_rate, "New orders per minute, with changes of older ones")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
}

void write_file(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  // Written beside and moved, so that who waits for the file never reads half of it.
  const std::string beside = path + ".new";
  std::ofstream file(beside);
  file << text;
  file.close();
  if (!file || std::rename(beside.c_str(), path.c_str()) != 0) {
    throw sluice::Error(sluice::ErrorKind::config, "sample_store.cannot_write", "cannot write " + path);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line;
  CLI::App app(
      "A sample store that answers as BigCommerce's API is documented, with made-up rows.\n"
      "Beside the API it answers /_control (see tests/sample_store/control.hpp): change rows, cause faults, read the "
      "truth.");
  describe(app, line);
  CLI11_PARSE(app, argc, argv);
  line.options.window = Duration(line.window);
  line.options.latency = Duration(line.latency);

  // Blocked before the store's thread starts, so that the signals wait for sigwait below.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  try {
    const auto store = SampleStore::start(line.options);
    write_file(line.credentials_file, credentials_text(line.options, store->base_url()));
    write_file(line.address_file, store->base_url() + "\n");
    std::printf("%s/stores/%s/\n", store->base_url().c_str(), line.options.store_hash.c_str());
    std::fflush(stdout);
    int signal = 0;
    sigwait(&ends, &signal);
  } catch (const sluice::Error& error) {
    std::fprintf(stderr, "sluice-sample-store: %s\n", error.message().c_str());
    return 1;
  }
  return 0;
}
