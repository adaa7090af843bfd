#!/usr/bin/env bash
# Builds the fuzz targets and runs them, one after the other, each from its corpus.
#
#   tests/fuzz/run.sh [--seconds N] [target...]      60 seconds each (or TEST_ROUNDS=…), all targets by default
#
# What a target finds is left as build/fuzz/findings/TARGET-*: mend it, and keep it in tests/fuzz/corpus/TARGET.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${TEST_ROUNDS:-60}
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds)
      seconds=${2:?--seconds needs a number}
      shift 2
      ;;
    -h | --help)
      sed -n '2,6s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    -*)
      echo "tests/fuzz/run.sh: unknown option $1 (see --help)" >&2
      exit 64
      ;;
    *)
      targets+=("$1")
      shift
      ;;
  esac
done
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls tests/fuzz/corpus)
for target in "${targets[@]}"; do
  [ -d "tests/fuzz/corpus/$target" ] || {
    echo "tests/fuzz/run.sh: no target $target; there are: $(ls tests/fuzz/corpus | tr '\n' ' ')" >&2
    exit 64
  }
done

cmake --preset fuzz
cmake --build --preset fuzz -j "$(nproc)" --target "${targets[@]/#/fuzz_}"
mkdir -p build/fuzz/findings
failed=()
for target in "${targets[@]}"; do
  # What is new goes to the first directory; the kept corpus is only read.
  grown=build/fuzz/grown/$target
  mkdir -p "$grown"
  echo "== $target, $seconds s"
  LSAN_OPTIONS=suppressions=tests/leaks_of_others.supp:print_suppressions=0 \
    "build/fuzz/tests/fuzz/fuzz_$target" "$grown" "tests/fuzz/corpus/$target" -max_total_time="$seconds" -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 -artifact_prefix="build/fuzz/findings/$target-" ||
    failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "Found something: ${failed[*]} (build/fuzz/findings)" >&2
  exit 1
fi
