#!/usr/bin/env bash
# Installs, builds and runs everything: unit, integration and end-to-end tests.
#
#   tests/run.sh [--preset release|debug|asan|tsan] [-- ctest options]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release
while [ $# -gt 0 ]; do
  case $1 in
    --preset)
      preset=${2:?--preset needs a name}
      shift 2
      ;;
    --)
      shift
      break
      ;;
    -h | --help)
      sed -n '2,4s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      echo "tests/run.sh: unknown option $1 (see --help)" >&2
      exit 64
      ;;
  esac
done

deploy/install-deps.sh
jobs=$(nproc)
cmake --preset "$preset"
cmake --build --preset "$preset" -j "$jobs"
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$jobs" "$@"
