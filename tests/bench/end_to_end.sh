#!/usr/bin/env bash
# First load of orders from the sample store, without a quota, beside a bare binary COPY of the same rows into an empty
# table with its key, in the same PostgreSQL and the same run.
#
#   tests/bench/end_to_end.sh [ORDERS...]          default: 20000 200000; wants a built preset "release"
#
# Prints for each size: rows/s of the load (from the job's own start to its end) and of the COPY, their ratio, source
# calls, the daemon's CPU seconds per 100,000 orders, and its peak resident memory.
# shellcheck source=tests/bench/daemon.sh
. "$(dirname "$0")/daemon.sh"
[ $# -gt 0 ] || set -- 20000 200000

measure() { # ORDERS
  local orders=$1
  start --orders "$orders"
  local warehouse
  warehouse=$(cat "$home/data/warehouse.url")

  local before
  before=$(awk '{print $14 + $15}' "/proc/$daemon/stat")
  local job seconds cpu memory
  job=$(load orders)
  seconds=$(jq -r .duration_seconds <<<"$job")
  cpu=$(awk -v before="$before" -v hz="$(getconf CLK_TCK)" '{printf "%.2f", ($14 + $15 - before) / hz}' "/proc/$daemon/stat")
  memory=$(awk '/VmHWM/ {print int($2 / 1024)}' "/proc/$daemon/status")

  psql "$warehouse" -Xqc "\copy (select * from public.bench_orders) to '$home/rows.bin' (format binary)"
  psql "$warehouse" -Xqc 'create table public.bare (like public.bench_orders including all)'
  local began ended
  began=$(now)
  psql "$warehouse" -Xqc "\copy public.bare from '$home/rows.bin' (format binary)"
  ended=$(now)
  local copy_seconds
  copy_seconds=$(awk -v a="$began" -v b="$ended" 'BEGIN { print b - a }')

  printf '%8d orders  %8s rows/s  bare COPY %8s rows/s  ratio %s  calls %s  CPU %s s per 100,000  peak %s MB\n' "$orders" \
    "$(ratio "$orders" "$seconds" %.0f)" "$(ratio "$orders" "$copy_seconds" %.0f)" "$(ratio "$copy_seconds" "$seconds")" \
    "$(jq -r .source_calls <<<"$job")" "$(ratio "$(awk -v c="$cpu" 'BEGIN { print c * 100000 }')" "$orders")" "$memory"
  stop
}

for orders in "$@"; do measure "$orders"; done
