#pragma once
// Where the daemon is and with which token to speak to it: from options, the environment, or the local daemon's
// settings. Reads the files that these name.

#include "core/config.hpp"
#include "core/secret.hpp"
#include "server/ctl/invocation.hpp"

#include <string>

namespace sluice::ctl {

struct Connection {
  std::string url;          // "http://127.0.0.1:8080"
  std::string socket_file;  // instead of the URL's host, if any
  std::string ca_file;
  Secret token;  // empty: none was found
  std::string token_place;
};

/// Throws Error{config, "ctl.…"} when no daemon can be found, a named file cannot be read, or the token would be seen
/// by others on its way.
Connection find_connection(const Invocation& invocation, const KeyValues& environment);

}  // namespace sluice::ctl
