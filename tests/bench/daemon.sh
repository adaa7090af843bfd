# shellcheck shell=bash
# What the whole-process benchmarks share: a sample store and a daemon that loads from it. To be sourced.
#
#   start STORE_OPTIONS...      a store and a daemon; sets home, store, daemon
#   call METHOD PATH [BODY]     asks the daemon's API
#   load TABLE...               a first load of all fields of these tables to its end; prints the first table's job
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
binaries=${BENCH_BINARIES:-$PWD/build/release}
work=$(mktemp -d)
chmod 0711 "$work"
home=
store=
daemon=
end() { # PID or nothing
  if [ -n "$1" ] && kill "$1" 2>/dev/null; then wait "$1" || true; fi
}
stop() {
  end "$daemon"
  daemon=
  end "$store"
  store=
  rm -rf "$home"
}
finish() {
  stop
  rm -rf "$work"
}
trap finish EXIT

wait_for() { # FILE PID
  for _ in $(seq 1200); do
    [ ! -s "$1" ] || return 0
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  cat "$home"/*.log >&2
  return 1
}
now() { date +%s.%N; }
ratio() { awk -v a="$1" -v b="$2" -v f="${3:-%.2f}" 'BEGIN { printf f, (b == 0 ? 0 : a / b) }'; }
call() {
  curl -sSf -X "$1" -H "Authorization: Bearer $(cat "$home/data/admin.token")" -H 'Content-Type: application/json' \
    "$(cat "$home/sluice.url")$2" ${3:+-d "$3"}
}

start() {
  home=$(mktemp -d "$work/XXXX")
  chmod 0711 "$home"
  "$binaries/tests/sample_store/sluice-sample-store" --port 0 "$@" --address-file "$home/store.url" \
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
}

load() {
  local run job
  run=$(call POST '/v1/integrations?confirm=true' "$(jq -nc --rawfile text "$home/credentials.txt" '
    {name: "bench", connector: "bigcommerce", frequency: "manual", credentials: {credentials_file: $text},
     selection: {tables: [$ARGS.positional[] | {name: ., fields: "*"}]},
     destination: {destination: "embedded", schema: "public"}}' --args "$@")" | jq -r .run.id)
  while [ "$(call GET "/v1/runs/$run" | jq -r '.result // empty')" = "" ]; do sleep 1; done
  job=$(call GET "/v1/jobs?run=$run&table=$1" | jq -c '.items[0]')
  [ "$(jq -r .state <<<"$job")" = succeeded ] || { jq . <<<"$job" >&2; return 1; }
  echo "$job"
}
