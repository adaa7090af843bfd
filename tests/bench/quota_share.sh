#!/usr/bin/env bash
# How much of the store's quota a first load of orders uses when every call takes its time, and whether it is ever
# refused.
#
#   tests/bench/quota_share.sh [CALLS_PER_30_SECONDS [LATENCY_MS [ORDERS]]]   default: 450 300 150000
#
# Prints the calls, the seconds from the job's start to its end, the share of the calls that the quota allowed in that
# time, and how many answers were 429.
# shellcheck source=tests/bench/daemon.sh
. "$(dirname "$0")/daemon.sh"
quota=${1:-450}
latency=${2:-300}
orders=${3:-150000}

start --orders "$orders" --quota "$quota" --window 30000 --latency "$latency"
job=$(load orders)
calls=$(jq -r .source_calls <<<"$job")
seconds=$(jq -r .duration_seconds <<<"$job")
refused=$(curl -sSf "$(cat "$home/store.url")/_control/calls" | jq -r .refused)
awk -v calls="$calls" -v seconds="$seconds" -v quota="$quota" -v refused="$refused" 'BEGIN {
  printf "%d calls in %.1f s; the quota allows %.1f calls/s, used %.1f calls/s = %.0f %%; 429: %d\n",
    calls, seconds, quota / 30, calls / seconds, 100 * calls / seconds / (quota / 30), refused }'
