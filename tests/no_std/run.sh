#!/usr/bin/env bash
# Proves that the core needs no standard library: builds a program that has none, runs it, and
# looks for the answer to its request and the echo of its frame.
#
# `tests/platforms` runs the same programs for machines without an operating system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source expected.sh

# check FEATURES EXPECTED
check() {
    local profile
    for profile in dev release; do
        cargo build --quiet --locked --target-dir target --profile "$profile" --features "$1" --bin server
        expect "$2" "target/${profile/dev/debug}/server"
        echo "no_std: $profile ${1:-no feature}: linked, answered a request and echoed a frame"
    done
}
check '' "$server"
check deflate "$server_deflate"
