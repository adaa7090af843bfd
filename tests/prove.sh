#!/usr/bin/env bash
# Runs one of the proofs of what Sluice promises (README, "What Sluice promises"), alone and with what it has seen.
#
#   tests/prove.sh                    names them
#   tests/prove.sh [--long] NAME      as the suite runs it; --long: as long as the promise asks
#
# Wants the preset "release" built, or PRESET=… another one. TEST_SEED=… repeats one that rolled dice.
set -euo pipefail
cd "$(dirname "$0")/.."

# name        program under tests/                                  rounds when long   cases
proofs='
kill          e2e/e2e_nothing_lost                                  1000               *killed_again*:*embedded_server*
stop          e2e/e2e_nothing_lost                                  500                *asked_to_stop*
outage        e2e/e2e_nothing_lost                                  60                 *Outage*:*CutAt*-*of_space*
daemons       e2e/e2e_nothing_lost                                  30                 *SeveralDaemons*
disk          e2e/e2e_nothing_lost                                  1                  *of_space*
faults        e2e/e2e_source_faults                                 2                  *
poison        e2e/e2e_poison                                        1                  *
clock         e2e/e2e_clock                                         2                  *
simulation    simulation/simulation                                 100000             *
clients       e2e/e2e_hostile_clients                               1000000            *
secrets       e2e/e2e_secrets                                       200                *
urls          unit/connectors/unit_connectors_http                  1                  *OutgoingGuard*
names         unit/storage/unit_storage_destination                 1                  *
tls-source    integration/connectors/integration_connectors_http_client    1           *Tls*:*Distrusts*
tls-postgres  integration/storage/integration_storage_destination_servers  1           *
migrations    integration/storage/integration_storage_migrations    1                  *
counts        e2e/e2e_verification                                  1                  *
'

long=
while [ $# -gt 0 ]; do
  case $1 in
    --long)
      long=yes
      shift
      ;;
    -h | --help)
      sed -n '2,7s/^# \{0,1\}//p' "$0"
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
  awk 'NF {print $1}' <<<"$proofs"
  exit 0
fi

while read -r name program rounds cases; do
  [ "$name" = "$1" ] || continue
  [ -z "$long" ] || export TEST_ROUNDS=$rounds
  preset=${PRESET:-release}
  [ -x "build/$preset/tests/$program" ] || {
    echo "tests/prove.sh: not built yet: cmake --preset $preset && cmake --build --preset $preset" >&2
    exit 69
  }
  exec "build/$preset/tests/$program" --gtest_filter="$cases"
done <<<"$proofs"
echo "tests/prove.sh: no proof $1; there are: $(awk 'NF {print $1}' <<<"$proofs" | tr '\n' ' ')" >&2
exit 64
