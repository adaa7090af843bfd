#!/usr/bin/env bash
# Installs what Sluice needs on Debian 12, as root or through sudo. Safe to run again: what is there stays as it is.
#
#   deploy/install-deps.sh [build|run|test]...     default: build run test
set -euo pipefail

# group   package                        reason
packages='
build     clang-19                       the compiler; g++ 12 of Debian 12 destroys temporaries of coroutines twice
build     lld-19                         links in a fraction of the time
build     cmake                          build system, 3.25 or newer
build     ninja-build                    runs the build
build     pkg-config                     finds libpqxx, libpq, libsodium and libsystemd
build     ccache                         makes the second build short
build     libstdc++-12-dev               the standard library
build     libboost1.81-dev               Asio and Beast: sockets, HTTP, coroutines
build     libboost-url1.81-dev           URL parsing
build     nlohmann-json3-dev             JSON of the control API
build     libpqxx-dev                    PostgreSQL: the control database
build     libpq-dev                      PostgreSQL: binary COPY into the destination
build     libspdlog-dev                  logging
build     libfmt-dev                     formatting, for spdlog
build     libsimdjson-dev                parses the pages of a source
build     libsodium-dev                  seals credentials
build     libssl-dev                     TLS
build     zlib1g-dev                     gzip answers
build     libcli11-dev                   command line
build     libtomlplusplus-dev            configuration file
build     libhowardhinnant-date-dev      time zones of cron schedules
build     libsystemd-dev                 tells systemd when the daemon is ready
run       postgresql-15                  the embedded database
run       postgresql-client-15           psql, to look at the rows
run       ca-certificates                authorities for TLS to the source
run       tzdata                         time zone data: cron schedules and quiet hours
run       curl                           talks to the control API
run       jq                             reads its answers
run       util-linux                     setpriv, for a PostgreSQL under another user
test      libgtest-dev                   GoogleTest
test      libgmock-dev                   GoogleMock matchers
test      libbenchmark-dev               benchmarks
test      libclang-rt-19-dev             address, undefined and thread sanitizers
test      llvm-19                        readable sanitizer reports
test      openssl                        certificates for the TLS tests
test      procps                         looks at processes in the end-to-end tests
test      faketime                       clocks that jump under daemons and databases (libfaketime)
'

[ $# -gt 0 ] || set -- build run test
wanted=()
for group in "$@"; do
  case $group in
    build | run | test) ;;
    *)
      echo "install-deps.sh: unknown group \"$group\"; one of build, run, test" >&2
      exit 64
      ;;
  esac
  while read -r kind package _; do
    [ "$kind" != "$group" ] || wanted+=("$package")
  done <<<"$packages"
done

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "dependencies: all ${#wanted[@]} packages are installed"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "install-deps.sh: these packages are missing and need root to install: ${missing[*]}" >&2
    exit 77
  fi
  as_root=(sudo)
fi
echo "dependencies: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -q update
# The embedded cluster is Sluice's own: Debian's package need not make and start one of its own.
if [ ! -e /etc/postgresql-common/createcluster.conf ] && printf '%s\n' "${missing[@]}" | grep -qx postgresql-15; then
  "${as_root[@]}" mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
  -o Dpkg::Options::=--force-confold "${missing[@]}"
