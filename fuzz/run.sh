#!/usr/bin/env bash
# Fuzzes each target for a while, and adds a line on each to LEDGER.md.
#
#     fuzz/run.sh SECONDS [TARGET...]
#
# Inputs have at most 1024 bytes, or MAX_LEN of the environment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET...]}
shift
command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(cargo fuzz list)

commit=$(git rev-parse --short HEAD)
[[ -z $(git status --porcelain -- .. ':!LEDGER.md') ]] || commit+=" and changes"
max_len=${MAX_LEN:-1024}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

last() { grep -oE "$1: *[0-9]+" "$log" | tail -1 | grep -oE '[0-9]+$'; }

# What is freed stays with the process: to fault pages in again would cost more than most inputs.
export MALLOC_TRIM_THRESHOLD_=$((1 << 30)) MALLOC_MMAP_THRESHOLD_=$((1 << 30))

# Sanitizers need a nightly compiler, and look for what safe code cannot do. Without one, cargo-fuzz
# passes no option that a stable compiler refuses.
cargo fuzz build --sanitizer none

status=0
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target"
    result=nothing
    cargo fuzz run --sanitizer none "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -max_len="$max_len" -timeout=10 -print_final_stats=1 \
        2>&1 | tee "$log" || result=$(sed -n 's/.*Test unit written to .*\///p' "$log")
    [[ $result == nothing ]] || status=1
    printf '| %s | %s | %s | %s | %s | %s | %s | %s |\n' "$(date --utc +%F)" "$commit" "$target" \
        "$seconds" "$max_len" "$(last stat::number_of_executed_units)" "$(last cov)" "$result" >>LEDGER.md
    total=$(awk -F '|' '/^\| 20/ { total += $7 } END { print total }' LEDGER.md)
    sed -i "s/^Executions in all: .*/Executions in all: $total/" LEDGER.md
done
exit $status
