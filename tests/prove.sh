#!/usr/bin/env bash
# Runs one of the proofs of what Sluice promises (README, "What Sluice promises"), alone and with what it has seen.
#
#   tests/prove.sh                    names them
#   tests/prove.sh [--long] NAME      as the suite runs it; --long: as long as the promise asks
#
# Wants the preset "release" built, or PRESET=… another one; fuzz and sanitizers build what they need themselves.
# TEST_SEED=… repeats one that rolled dice. Ends with 0 when all parts passed, 1 when one failed, 77 when all were
# skipped. What was skipped is said at the end: that much is not proved.
set -euo pipefail
cd "$(dirname "$0")/.."

# A proof is all rows of its name: a program under tests/ with the cases that belong to it, or a script with its words.
# Long: TEST_ROUNDS, "-" where the long form is the short one.
#
# name        program                                               long     cases, or words
proofs='
kill          e2e/e2e_nothing_lost                                  1000     *killed_again*:*embedded_server*
stop          e2e/e2e_nothing_lost                                  500      *asked_to_stop*
outage        e2e/e2e_nothing_lost                                  60       *Outage*:*CutAt*-*of_space*
daemons       e2e/e2e_nothing_lost                                  30       *SeveralDaemons*
disk          e2e/e2e_nothing_lost                                  -        *of_space*
faults        e2e/e2e_source_faults                                 2        *
poison        e2e/e2e_poison                                        -        *
poison        integration/storage/integration_storage_poison        50       *
poison        unit/connectors/unit_connectors_record                -        *
clock         e2e/e2e_clock                                         2        *
clock         unit/core/unit_core_schedule                          -        *
clock         unit/storage/unit_storage_control                     -        DueTime*
clock         integration/storage/integration_storage_job_queue     -        JobQueueSchedules*:*due*
simulation    simulation/simulation                                 100000   *
clients       e2e/e2e_hostile_clients                               1000000  *
clients       integration/server/integration_server_http_listener   -        *
secrets       e2e/e2e_secrets                                       200      *
secrets       integration/storage/integration_storage_keys          -        *
secrets       unit/storage/unit_storage_control                     -        SecretBox*:KeyringText*:MasterKeyFile*
secrets       unit/core/unit_core_text                              -        *Scrub*
addresses     unit/connectors/unit_connectors_http                  -        OutgoingGuard*:AddressRule*
addresses     integration/connectors/integration_connectors_http_client  -   Dial*:*redirects*:*base_url*
addresses     integration/scheduler/integration_scheduler_webhooks  -        Courier*
addresses     unit/storage/unit_storage_destination                 -        DestinationAddress*:DestinationEndpoints*:Identifier*:DestinationSql*
addresses     integration/storage/integration_storage_destination_servers  - DestinationHosts*
addresses     integration/storage/integration_storage_destination   -        DestinationPrepare*
addresses     integration/storage/integration_storage_control       -        SchemaChangesTest*
addresses     unit/connectors/unit_connectors_record                -        *names*
tls           integration/connectors/integration_connectors_http_client    - *Tls*:*Distrusts*
tls           integration/storage/integration_storage_destination_servers  - *Tls*:*Distrusts*
fuzz          tests/fuzz/run.sh                                     600
sanitizers    tests/run.sh                                          -        --preset asan
sanitizers    tests/run.sh                                          -        --preset tsan
sanitizers    tests/coverage.sh                                     -
migrations    integration/storage/integration_storage_migrations    -        *
counts        e2e/e2e_verification                                  -        *
'

long=
while [ $# -gt 0 ]; do
  case $1 in
    --long)
      long=yes
      shift
      ;;
    -h | --help)
      sed -n '2,9s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    -*)
      echo "tests/prove.sh: unknown option $1 (see --help)" >&2
      exit 64
      ;;
    *) break ;;
  esac
done
if [ $# -ne 1 ]; then
  awk 'NF && !seen[$1]++ {print $1}' <<<"$proofs"
  exit 0
fi
rows=$(awk -v name="$1" '$1 == name' <<<"$proofs")
if [ -z "$rows" ]; then
  echo "tests/prove.sh: no proof $1; there are: $(awk 'NF && !seen[$1]++ {print $1}' <<<"$proofs" | tr '\n' ' ')" >&2
  exit 64
fi

preset=${PRESET:-release}
while read -r _ program _; do
  [[ $program == tests/* ]] || [ -x "build/$preset/tests/$program" ] || {
    echo "tests/prove.sh: not built yet: cmake --preset $preset && cmake --build --preset $preset" >&2
    exit 69
  }
done <<<"$rows"

# Each daemon of a test logs all it can, to be searched for secrets; for hours, that would be too much.
[ -z "$long" ] || export TEST_LOG_LEVEL=${TEST_LOG_LEVEL:-info}

seen=$(mktemp)
trap 'rm -f "$seen"' EXIT
passed=0
skipped=()
failed=()
# The rows come by another descriptor: what runs may read the terminal.
while read -r _ program rounds words <&3; do
  environment=()
  [ -z "$long" ] || [ "$rounds" = - ] || environment=(TEST_ROUNDS="$rounds")
  if [[ $program == tests/* ]]; then
    read -ra arguments <<<"$words"
    if env "${environment[@]}" "$program" "${arguments[@]}"; then
      passed=$((passed + 1))
    else
      failed+=("$program $words")
    fi
    continue
  fi
  env "${environment[@]}" "build/$preset/tests/$program" --gtest_filter="$words" | tee "$seen" || failed+=("$program")
  ran=$(grep -c '^\[       OK \]' "$seen" || true)
  passed=$((passed + ran))
  mapfile -t -O "${#skipped[@]}" skipped < <(sed -n 's/^\[  SKIPPED \] \([^ ]*\) (.*/\1/p' "$seen")
  # A name that was changed here and not there.
  grep -q '^\[==========\] [1-9][0-9]* tests\{0,1\} .* ran' "$seen" || failed+=("$program: no such cases: $words")
done 3<<<"$rows"

echo "== $1: $passed passed, ${#skipped[@]} skipped, ${#failed[@]} parts failed"
[ ${#skipped[@]} -eq 0 ] || printf 'not proved, it was skipped: %s\n' "${skipped[@]}"
[ ${#failed[@]} -eq 0 ] || {
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
}
[ "$passed" -gt 0 ] || exit 77
