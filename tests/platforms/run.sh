#!/usr/bin/env bash
# Builds and links for machines without an operating system, with and without compression: the
# programs of `tests/no_std` for Cortex-M4, Cortex-M0 and a small RISC-V, and the example `wasm`. Runs
# them: in emulators, and in Node.js with a client that knows nothing of this library.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source setup.sh
source ../no_std/expected.sh
find_compiler
find_emulators

# run_bare NAME EXPECTED: on each target.
run_bare() {
    local target emulator
    for target in "${bare[@]}"; do
        emulator=${emulator_of[$target]:-}
        if [[ -n $emulator ]]; then
            # A command of several words.
            # shellcheck disable=SC2086
            expect "$2" $emulator "$(program_of "$target" "$1")" 2>"$work/figures"
            echo "platforms: $target: $3: linked, and ran"
        else
            echo "platforms: $target: $3: linked; not run, for there is no QEMU 8 or later"
        fi
    done
}

build_bare '' --bins
for name in "${programs[@]}"; do run_bare "$name" "${!name}" "$name"; done
build_bare deflate --bin server
run_bare server "$server_deflate" 'server, deflate'

for mode in plain compressed; do
    features=()
    [[ $mode == compressed ]] || features=(--no-default-features)
    "${build[@]}" "${std_of_wasm[@]}" --manifest-path ../../examples/wasm/Cargo.toml --release \
        --target-dir "$work/wasm" --target "$wasm" "${features[@]}"
    if command -v node >/dev/null; then
        timeout 120 node wasm.mjs ../../examples/wasm/echo.mjs \
            "$work/wasm/$wasm/release/sansocket_wasm.wasm" "$mode"
    else
        echo "platforms: $wasm: $mode: linked; not run, for there is no Node.js"
    fi
done
