#!/usr/bin/env bash
# Runs the suite and says for each folder how many of its lines ran. Fails when a folder stays below 90 %.
#
#   tests/coverage.sh [--preset NAME] [--report]     --report: of the profiles that a run has left, without a new one
#
# NAME is coverage, or a preset that was configured with -DSLUICE_COVERAGE=ON.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=coverage
run=yes
while [ $# -gt 0 ]; do
  case $1 in
    --preset)
      preset=${2:?--preset needs a name}
      shift 2
      ;;
    --report)
      run=
      shift
      ;;
    -h | --help)
      sed -n '2,6s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *)
      echo "tests/coverage.sh: unknown option $1 (see --help)" >&2
      exit 64
      ;;
  esac
done
build=$PWD/build/$preset
profiles=$build/profiles

if [ -n "$run" ]; then
  rm -rf "$profiles"
  # Programs of the same build share a few files, whoever starts them; a process that is killed leaves nothing.
  LLVM_PROFILE_FILE="$profiles/%8m.profraw" tests/run.sh --preset "$preset"
fi
llvm-profdata-19 merge --sparse "$profiles"/*.profraw -o "$build/all.profdata"

programs=()
while read -r program; do programs+=("$program"); done < <(
  find "$build" -type f -executable ! -name '*.so*' ! -path '*/CMakeFiles/*' \
    -exec sh -c 'head -c 4 "$1" | grep -q ELF' _ {} \; -print | sort
)
failed=
for folder in core connectors storage scheduler api server; do
  line=$(llvm-cov-19 report --instr-profile="$build/all.profdata" "${programs[0]}" "${programs[@]/#/--object=}" \
    "$PWD/$folder" |
    awk '$1 == "TOTAL" {print $8, $9, $10}')
  read -r lines missed share <<<"$line"
  echo "$folder: $share of $lines lines ran, $missed did not"
  # The promise leaves out server/: for the most part main programs, which tests kill.
  if [ "$folder" != server ] && awk -v share="${share%\%}" 'BEGIN { exit !(share < 90) }'; then failed+=" $folder"; fi
done
if [ -n "$failed" ]; then
  echo "Below 90 %:$failed" >&2
  exit 1
fi
