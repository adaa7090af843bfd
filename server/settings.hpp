#pragma once
// Every setting of the daemon.

#include "core/config.hpp"

#include <array>

namespace sluice {

inline constexpr std::array settings{
    Setting{"server.listen", SettingType::text, "127.0.0.1:8080",
            "address:port of the control API; port 0 takes a free one"},
    Setting{"server.behind_proxy", SettingType::boolean, "false",
            "allow a non-loopback address without TLS, because a proxy in front does it"},
    Setting{"server.tls_certificate", SettingType::path, "", "PEM certificate chain of the control API"},
    Setting{"server.tls_key", SettingType::path, "", "PEM private key of the control API"},
    Setting{"server.address_file", SettingType::path, "",
            "where the URL of the control API is written once it listens"},
    Setting{"server.drain_timeout", SettingType::duration, "25s",
            "how long SIGTERM waits for batches at hand before it cancels them"},
    Setting{"server.request_deadline", SettingType::duration, "15s", "total time a client has to send its request"},
    Setting{"data.directory", SettingType::path, "/var/lib/sluice",
            "where the embedded PostgreSQL, the master key and the first token live"},
    Setting{"database.url", SettingType::secret, "",
            "control database; not set: an embedded PostgreSQL under the data directory"},
    Setting{"database.connections", SettingType::integer, "8", "connections to the control database, at most"},
    Setting{"postgres.user", SettingType::text, "postgres",
            "whom the embedded PostgreSQL runs as when the daemon is root"},
    Setting{"postgres.binaries", SettingType::path, "", "directory of initdb and postgres; not set: the newest found"},
    Setting{"secrets.master_key", SettingType::secret, "",
            "base64 of 32 bytes that seal credentials; not set: master.key in the data directory"},
    Setting{"api.secret_files", SettingType::path, "",
            "directory below which POST /v1/apply may read secrets by from_file; not set: nowhere"},
    Setting{"api.secret_env_prefix", SettingType::text, secret_variable_prefix,
            "how variables must begin that POST /v1/apply may read secrets from by from_env; empty: none"},
    Setting{"sources.allowed_hosts", SettingType::list, "api.bigcommerce.com",
            "hosts (with :port when not 443) that tokens may be sent to"},
    Setting{"bigcommerce.base_url", SettingType::text, "https://api.bigcommerce.com",
            "where the BigCommerce API is; its host must be allowed"},
    Setting{"bigcommerce.ca_file", SettingType::path, "", "PEM authorities to trust instead of the system's"},
    Setting{"bigcommerce.max_in_flight", SettingType::integer, "8", "requests to one store at the same time, at most"},
    Setting{"bigcommerce.quota_reserve", SettingType::integer, "0",
            "requests per quota window left to the shop's other apps"},
    Setting{"bigcommerce.ranges", SettingType::integer, "5", "id ranges of one first load read side by side, at most"},
    Setting{"bigcommerce.sweep_interval", SettingType::duration, "24h",
            "how often tables that show only changes are read whole, to find what was deleted"},
    Setting{"bigcommerce.safety_lag", SettingType::duration, "60s", "how far a cursor stays behind the source's clock"},
    Setting{"scheduler.runs", SettingType::integer, "4", "integrations that run at the same time, at most"},
    Setting{"scheduler.tables", SettingType::integer, "2", "tables of one run that load at the same time, at most"},
    Setting{"scheduler.lease", SettingType::duration, "15s", "how long a run stays ours without a heartbeat"},
    Setting{"scheduler.spread", SettingType::duration, "60s",
            "integrations that are due together are spread over this time"},
    Setting{"scheduler.batch_rows", SettingType::integer, "25000", "rows per commit at the destination, at most"},
    Setting{"scheduler.batch_bytes", SettingType::bytes, "48MiB", "bytes per commit at the destination, about"},
    Setting{"scheduler.batch_age", SettingType::duration, "10s", "an open batch is committed after this time"},
    Setting{"scheduler.max_attempts", SettingType::integer, "8", "attempts of a job before it counts as failed"},
    Setting{"scheduler.retry_cap", SettingType::duration, "1h", "longest wait between two attempts of a job"},
    Setting{"pool.threads", SettingType::integer, "0", "threads for blocking work; 0: the number of cores, at least 4"},
    Setting{"log.level", SettingType::text, "info", "trace, debug, info, warn or error"},
    Setting{"log.format", SettingType::text, "auto", "text, json or auto (text on a terminal)"},
};

}  // namespace sluice
