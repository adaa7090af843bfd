#pragma once
// Every setting of the daemon.

#include "core/config.hpp"

#include <array>

namespace sluice {

inline constexpr std::array settings{
    Setting{"server.listen", SettingType::text, "127.0.0.1:8080",
            "address:port of the control API; port 0 takes a free one"},
    Setting{"server.socket", SettingType::path, "",
            "unix socket of the control API, besides server.listen; for this user and group only"},
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
    Setting{"sources.allowed_hosts", SettingType::list, "api.bigcommerce.com",
            "hosts (with :port when not 443) that tokens may be sent to"},
    Setting{"bigcommerce.base_url", SettingType::text, "https://api.bigcommerce.com",
            "where the BigCommerce API is; its host must be allowed"},
    Setting{"bigcommerce.ca_file", SettingType::path, "", "PEM authorities to trust instead of the system's"},
    Setting{"bigcommerce.max_in_flight", SettingType::integer, "8", "requests to one store at the same time, at most"},
    Setting{"bigcommerce.quota_reserve", SettingType::integer, "0",
            "requests per quota window left to the shop's other apps"},
    Setting{"bigcommerce.ranges", SettingType::integer, "8", "id ranges of one first load read side by side, at most"},
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
    Setting{"scheduler.keep_replaced", SettingType::duration, "7d",
            "how long rows that a reload replaced are kept for a rollback"},
    Setting{
        "webhooks.allowed_hosts", SettingType::list, "",
        "hosts (with :port when it is not the scheme's own) that webhooks may name besides https on public addresses"},
    Setting{"webhooks.ca_file", SettingType::path, "", "PEM authorities to trust instead of the system's"},
    Setting{"pool.threads", SettingType::integer, "0", "threads for blocking work; 0: the number of cores, at least 4"},
    Setting{"retention.job_logs", SettingType::duration, "14d", "how long lines of job logs are kept; 0s: for ever"},
    Setting{"retention.jobs", SettingType::duration, "90d",
            "how long jobs and their runs are kept, but for the last job of each table; 0s: for ever"},
    Setting{"retention.events", SettingType::duration, "365d", "how long events are kept; 0s: for ever"},
    Setting{"server.streams", SettingType::integer, "100", "streamed answers that may be open at the same time"},
    Setting{"server.streams_per_token", SettingType::integer, "10", "streamed answers of one token at the same time"},
    Setting{"log.level", SettingType::text, "info", "trace, debug, info, warn or error"},
    Setting{"log.format", SettingType::text, "auto", "text, json or auto (text on a terminal)"},
};

}  // namespace sluice
