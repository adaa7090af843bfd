#pragma once
// PostgreSQL's programs, run as the user they accept. Private to the test servers.

#include <filesystem>
#include <string>
#include <vector>

namespace sluice {

/// Of the newest version installed.
std::filesystem::path postgres_binaries();

/// A fresh directory, in memory where that can be had, of the user that the server runs as.
std::filesystem::path make_server_directory();

/// PostgreSQL refuses root.
std::vector<std::string> as_server_user(std::vector<std::string> command);

/// Waits for the command itself, not for what it leaves running. Throws std::runtime_error with its output.
void run_program(const std::vector<std::string>& command, int standard_input, const std::filesystem::path& output);

/// Until it accepts connections; throws std::runtime_error when it does not.
void wait_for_server(const std::string& url);

}  // namespace sluice
