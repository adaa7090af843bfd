#!/usr/bin/env bash
# First load of orders from the sample store, without a quota, beside a bare binary COPY of the same rows into an empty
# table with its key, in the same PostgreSQL and the same run.
#
#   tests/bench/end_to_end.sh [ORDERS...]          default: 20000 200000; wants a built preset "release"
#
# Prints for each size: rows/s of the load (from the job's own start to its end) and of the COPY, their ratio, source
# calls, the daemon's CPU seconds per 100,000 orders, and its peak resident memory.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- 20000 200000
binaries=$PWD/build/release
work=$(mktemp -d)
chmod 0711 "$work"
store=
daemon=
end() { # PID or nothing
  if [ -n "$1" ] && kill "$1" 2>/dev/null; then wait "$1" || true; fi
}
finish() {
  end "$daemon"
  end "$store"
  rm -rf "$work"
}
trap finish EXIT

wait_for() { # FILE PID
  for _ in $(seq 1200); do
    [ ! -s "$1" ] || return 0
    kill -0 "$2"
    sleep 0.1
  done
  return 1
}
now() { date +%s.%N; }
ratio() { awk -v a="$1" -v b="$2" -v f="${3:-%.2f}" 'BEGIN { printf f, (b == 0 ? 0 : a / b) }'; }

measure() { # ORDERS
  local orders=$1 home=$work/$1
  mkdir -m 0711 "$home"
  "$binaries/tests/sample_store/sluice-sample-store" --port 0 --orders "$orders" --address-file "$home/store.url" \
    --credentials-file "$home/credentials.txt" >"$home/store.log" 2>&1 &
  store=$!
  wait_for "$home/store.url" "$store"
  local url
  url=$(cat "$home/store.url")
  "$binaries/server/sluice" serve --server.listen 127.0.0.1:0 --server.address_file "$home/sluice.url" \
    --data.directory "$home/data" --log.format json --log.level warn --bigcommerce.base_url "$url" \
    --sources.allowed_hosts "${url#*://}" >"$home/sluice.log" 2>&1 &
  daemon=$!
  wait_for "$home/sluice.url" "$daemon"
  local api token warehouse
  api=$(cat "$home/sluice.url")
  token=$(cat "$home/data/admin.token")
  warehouse=$(cat "$home/data/warehouse.url")
  call() { curl -sSf -X "$1" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "$api$2" ${3:+-d "$3"}; }

  local before run
  before=$(awk '{print $14 + $15}' "/proc/$daemon/stat")
  run=$(call POST '/v1/integrations?confirm=true' "$(jq -nc --rawfile text "$home/credentials.txt" '
    {name: "bench", connector: "bigcommerce", frequency: "manual", credentials: {credentials_file: $text},
     selection: {tables: [{name: "orders", fields: "*"}]}, destination: {destination: "embedded", schema: "public"}}')" | jq -r .run.id)
  while [ "$(call GET "/v1/runs/$run" | jq -r '.result // empty')" = "" ]; do sleep 1; done
  local job seconds cpu memory
  job=$(call GET "/v1/jobs?run=$run" | jq -c '.items[0]')
  [ "$(jq -r .state <<<"$job")" = succeeded ] || { jq . <<<"$job"; exit 1; }
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
  end "$daemon"
  daemon=
  end "$store"
  store=
  rm -rf "$home"
}

for orders in "$@"; do measure "$orders"; done
