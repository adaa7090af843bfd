#!/usr/bin/env bash
# From a fresh clone to rows in PostgreSQL: installs, builds, starts a sample BigCommerce store and Sluice, and sets up
# an integration through the REST API, showing every request.
#
#   deploy/quickstart.sh                              with the sample store
#   deploy/quickstart.sh --credentials FILE           with a real store, by BigCommerce's own credentials .txt
#   deploy/quickstart.sh --store-hash HASH --client-id ID --access-token-file FILE
#   deploy/quickstart.sh --stop                       stops both; the rows stay
#   deploy/quickstart.sh --clean                      stops both and removes everything the quickstart made
#
#   --name NAME      the integration's name, which prefixes its tables (default: demo)
#   --orders N       size of the sample store (default: 500)
#   --data DIR       where it keeps its state
set -euo pipefail
cd "$(dirname "$0")/.."

name=demo
orders=500
credentials=
store_hash=
client_id=
access_token_file=
action=start
if [ "$(id -u)" -eq 0 ]; then
  # The embedded PostgreSQL runs as another user then, who must be able to get there.
  home=/var/lib/sluice-quickstart
else
  home=${XDG_DATA_HOME:-$HOME/.local/share}/sluice-quickstart
fi

usage() { sed -n '2,14s/^# \{0,1\}//p' "$0"; }
fail() {
  echo "quickstart: $*" >&2
  exit 1
}
while [ $# -gt 0 ]; do
  case $1 in
    --credentials) credentials=$(realpath "${2:?--credentials needs a file}"); shift 2 ;;
    --store-hash) store_hash=${2:?}; shift 2 ;;
    --client-id) client_id=${2:?}; shift 2 ;;
    --access-token-file) access_token_file=$(realpath "${2:?}"); shift 2 ;;
    --name) name=${2:?}; shift 2 ;;
    --orders) orders=${2:?}; shift 2 ;;
    --data) home=$(realpath -m "${2:?}"); shift 2 ;;
    --stop) action=stop; shift ;;
    --clean) action=clean; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "unknown option $1" ;;
  esac
done

source=sample
[ -z "$credentials$store_hash$access_token_file" ] || source=real
for file in "$credentials" "$access_token_file"; do
  [ -z "$file" ] || [ -r "$file" ] || fail "cannot read $file"
done
if [ "$source" = real ] && [ -z "$credentials" ] && { [ -z "$store_hash" ] || [ -z "$access_token_file" ]; }; then
  fail "--store-hash and --access-token-file go together"
fi
binaries=build/release
store_address=$home/store.url
api_address=$home/sluice.url

is_ours() { # PIDFILE NAME: the process lives and is what we started
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 1
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ]
}
stop_one() { # PIDFILE NAME
  is_ours "$1" "$2" || return 0
  kill -TERM "$(cat "$1")"
  for _ in $(seq 400); do
    is_ours "$1" "$2" || { rm -f "$1"; return 0; }
    sleep 0.1
  done
  fail "$2 (process $(cat "$1")) does not stop"
}
stop_all() {
  stop_one "$home/sluice.pid" sluice
  stop_one "$home/store.pid" sluice-sample-s
}

case $action in
  stop)
    stop_all
    echo "Stopped. The rows are in $home; start again with deploy/quickstart.sh"
    exit 0
    ;;
  clean)
    stop_all
    rm -rf "$home"
    echo "Stopped, and $home is gone."
    exit 0
    ;;
esac

# A Sluice of ours knows one address of BigCommerce, so the directory is for the sample store or for real ones.
made_with=$(cat "$home/source" 2>/dev/null || true)
case $made_with-$source in
  sample-real) fail "$home is set up with the sample store: remove it with --clean first, or give --data DIR" ;;
  real-sample) source=real ;;
esac

bold() { if [ -t 1 ]; then printf '\033[1m%s\033[0m\n' "$*"; else printf '%s\n' "$*"; fi; }
step() { echo; bold "== $*"; }

step "1. Install and build"
deploy/install-deps.sh build run test
cmake --preset release >"${TMPDIR:-/tmp}/sluice-configure.$$" 2>&1 || { cat "${TMPDIR:-/tmp}/sluice-configure.$$"; exit 1; }
rm -f "${TMPDIR:-/tmp}/sluice-configure.$$"
cmake --build --preset release --target sluice sluice-sample-store

step "2. Start"
mkdir -p "$home"
[ "$(id -u)" -ne 0 ] || chmod 0711 "$home"
echo "$source" >"$home/source"
wait_for_file() { # FILE PIDFILE NAME LOG
  for _ in $(seq 600); do
    [ ! -s "$1" ] || return 0
    is_ours "$2" "$3" || { tail -n 20 "$4" >&2; fail "$3 did not start; the end of its log is above ($4)"; }
    sleep 0.1
  done
  fail "$3 does not get ready; see $4"
}
if [ "$source" = sample ]; then
  if is_ours "$home/store.pid" sluice-sample-s; then
    echo "The sample store is running: $(cat "$store_address")"
  else
    rm -f "$store_address"
    # The same address each time, so that a restarted Sluice finds its store again.
    port=$(cat "$home/store.port" 2>/dev/null || echo 0)
    nohup "$binaries/tests/sample_store/sluice-sample-store" --port "$port" --orders "$orders" --live 12 --quota 6000 \
      --address-file "$store_address" --credentials-file "$home/store-credentials.txt" \
      >>"$home/store.log" 2>&1 </dev/null &
    echo $! >"$home/store.pid"
    wait_for_file "$store_address" "$home/store.pid" sluice-sample-s "$home/store.log"
    sed 's/.*:\([0-9]*\)$/\1/' "$store_address" >"$home/store.port"
    echo "Sample store: $(cat "$store_address"), $orders orders and 12 more each minute, 6000 calls per 30 s (a standard plan has 150)"
  fi
  store_url=$(cat "$store_address")
  source_settings=(--bigcommerce.base_url "$store_url" --sources.allowed_hosts "${store_url#*://}")
  credentials=$home/store-credentials.txt
else
  source_settings=()
fi
if is_ours "$home/sluice.pid" sluice; then
  echo "Sluice is running: $(cat "$api_address")"
else
  rm -f "$api_address"
  nohup "$binaries/server/sluice" serve --server.listen 127.0.0.1:0 --server.address_file "$api_address" \
    --data.directory "$home/data" --log.format json "${source_settings[@]}" >>"$home/sluice.log" 2>&1 </dev/null &
  echo $! >"$home/sluice.pid"
  wait_for_file "$api_address" "$home/sluice.pid" sluice "$home/sluice.log"
  echo "Sluice: $(cat "$api_address"), with a PostgreSQL of its own in $home/data"
fi
api=$(cat "$api_address")
token_file=$home/data/admin.token
warehouse_file=$home/data/warehouse.url

# call METHOD PATH [BODY] [HEADER]...: shows the request, prints the answer's body, fails on a problem.
answer=
call() {
  local method=$1 path=$2 body=${3:-} status shown
  shift $(($# > 3 ? 3 : $#))
  local arguments=(-sS -X "$method" -H "Authorization: Bearer $(cat "$token_file")")
  shown="$method $path"
  for header in "$@"; do
    arguments+=(-H "$header")
    shown+="   ($header)"
  done
  echo
  bold "> $shown"
  if [ -n "$body" ]; then
    arguments+=(-H 'Content-Type: application/json' --data-binary @-)
    jq -c 'if has("access_token") then .access_token = "…" elif has("credentials_file") then .credentials_file = "ACCESS TOKEN: …" else . end' <<<"$body" | sed 's/^/  /'
  fi
  local output
  output=$(curl "${arguments[@]}" -w '\n%{http_code}' "$api$path" <<<"$body")
  status=${output##*$'\n'}
  answer=${output%$'\n'*}
  echo "< $status"
  if [ "$status" -ge 400 ]; then
    jq . <<<"$answer" >&2 || echo "$answer" >&2
    fail "the API refused; see above"
  fi
}
show() { jq -r "$1" <<<"$answer" | sed 's/^/  /'; }
quiet() { curl -sS -H "Authorization: Bearer $(cat "$token_file")" "$api$1"; }

authenticate() {
  local body
  if [ -n "$credentials" ]; then
    body=$(jq -nc --rawfile text "$credentials" '{credentials_file: $text}')
  elif [ -n "$store_hash" ]; then
    body=$(jq -nc --arg hash "$store_hash" --arg client "$client_id" --rawfile token "$access_token_file" \
      '{store_hash: $hash, access_token: ($token | rtrimstr("\n"))} + if $client == "" then {} else {client_id: $client} end')
  else
    fail "\"$name\" has no credentials yet: give --credentials FILE, or start over with --clean"
  fi
  call POST "/v1/integrations/$name/authenticate" "$body"
  show '"store \(.account.name), plan \(.account.plan), time zone \(.account.time_zone)"'
}

existing=$(quiet "/v1/integrations/$name" | jq -r '.state // empty')
if [ -n "$existing" ] && [ "$existing" != draft ]; then
  step "3. The integration \"$name\" is set up already ($existing): sync it once more"
  # Credentials that were given are the newer ones.
  if [ "$source" = real ] && [ -n "$credentials$store_hash" ]; then authenticate; fi
  call POST "/v1/integrations/$name/sync" '{}'
  show '"run \(.id), \(.trigger)"'
  run=$(jq -r '.id' <<<"$answer")
else
  step "3. Set up through the REST API (base $api, token in $token_file)"
  call GET "/v1/connectors?q=big"
  show '.items[] | "\(.name): \(.title)"'
  if [ -z "$existing" ]; then
    call POST /v1/integrations "$(jq -nc --arg name "$name" '{name: $name, connector: "bigcommerce", frequency: "15m", start_date: "2015-01-01T00:00:00Z"}')"
    show '"\(.id) \(.name): \(.state)"'
  fi
  authenticate
  call GET "/v1/integrations/$name/catalog"
  show '.tables | group_by(.subject)[] | "\(.[0].subject): \([.[] | .name + (if .recommended then "*" else "" end)] | join(", "))"'
  show '"* recommended: a first load takes about \(.estimate.calls) calls" + (if .estimate.minutes then ", \(.estimate.minutes) minutes" else "" end)'
  # What most people want; "*" takes every table, a list of {"name", "fields"} some of them, with some of their fields.
  call PUT "/v1/integrations/$name/selection" '{"tables":"recommended"}' 'If-Match: *'
  call PUT "/v1/integrations/$name/destination" '{"destination":"embedded","schema":"public"}' 'If-Match: *'
  call GET "/v1/integrations/$name/setup"
  show '"next step: \(.next_step)"'
  call POST "/v1/integrations/$name/confirm" '{}'
  show '"\(.name) is \(.state)"'
  run=$(jq -r '.run.id' <<<"$answer")
fi

step "4. Watch it load (GET /v1/jobs?run=$run)"
seen_state=
while true; do
  state=$(quiet "/v1/integrations/$name" | jq -r .state)
  if [ "$state" != "$seen_state" ]; then
    bold "$(date +%T)  integration is $state"
    seen_state=$state
  fi
  result=$(quiet "/v1/runs/$run" | jq -r '.result // empty')
  quiet "/v1/jobs?run=$run&limit=500" | jq -r --arg time "$(date +%T)" '
    .items | map(select(.state != "queued")) | sort_by(.queued, .id) | reverse | .[]
    | select(.state == "running" or .state == "waiting_retry")
    | "\($time)  \(.table): \(.state), \(.rows.read) rows, \(.source_calls) calls"
      + (if .progress.percent then ", \(.progress.percent) %" else "" end)
      + (if .progress.rows_per_second then ", \(.progress.rows_per_second) rows/s" else "" end)'
  [ -z "$result" ] || break
  sleep 1
done
quiet "/v1/jobs?run=$run&limit=500" | jq -r '
  ["table", "state", "read", "inserted", "updated", "unchanged", "calls"],
  (.items | sort_by(.table)[] | [.table, .state, .rows.read, .rows.inserted, .rows.updated, .rows.unchanged, .source_calls]) | @tsv' |
  column -t | sed 's/^/  /'
[ "$result" = succeeded ] || echo "The run ended as \"$result\": GET /v1/jobs?run=$run says why."

step "5. The rows in PostgreSQL"
warehouse=$(cat "$warehouse_file")
quiet "/v1/integrations/$name/tables?limit=500" | jq -r '.items[] | select(.state != "removed") | .destination_table' | sort | while read -r table; do
  printf '  %-40s %10s rows\n' "$table" "$(psql "$warehouse" -XAtc "select count(*) from $table where _sluice_deleted_at is null")"
done
prefix=$(tr '[:upper:]' '[:lower:]' <<<"$name")
echo
psql "$warehouse" -Xc "select id, date_created, status, total_inc_tax, currency_code, billing_address_city from public.${prefix}_orders order by id desc limit 3" 2>/dev/null || true

cat <<EOT

  look:   psql "\$(cat $warehouse_file)"
  API:    curl -H "Authorization: Bearer \$(cat $token_file)" $api/v1/integrations/$name/tables
  logs:   $home/sluice.log
  stop:   deploy/quickstart.sh --stop        (--clean also removes the rows)
EOT
