#!/usr/bin/env bash
# Proves that the core needs no standard library: builds a program that has none, runs it, and
# looks for the answer to its request and the echo of its frame. Then builds the library for every
# target that is installed and has no standard library (`rustup target add thumbv7em-none-eabi`), or
# counts lengths in 32 bits (`rustup target add i686-unknown-linux-gnu`).
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")"

# RFC 6455 1.3: the accept key.
accept=$'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n'
# RFC 6455 5.7: an unmasked "Hello".
plain=$accept$'\r\n\x81\x05Hello'
# RFC 7692 7.2.3.1: the same, compressed. The shell leaves the zero at its end out.
deflated=$accept$'Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n\xC1\x07\xF2H\xCD\xC9\xC9\x07'

# check FEATURES EXPECTED
check() {
    local out profile
    for profile in dev release; do
        out=$(cargo run --quiet --locked --profile "$profile" --features "$1" | tr -d '\0')
        if [[ $out != 'HTTP/1.1 101 '*"$2" ]]; then
            printf 'no_std: %s %s: the output is %q\n' "$profile" "$1" "$out" >&2
            exit 1
        fi
        echo "no_std: $profile ${1:-no feature}: linked, answered a request and echoed a frame"
    done
}
check '' "$plain"
check deflate "$deflated"

targets=$(rustup target list --installed 2>/dev/null | grep -E -- '-none|^(arm|i[56]86|wasm32)' || true)
for target in $targets; do
    cargo build --quiet --locked --manifest-path ../../Cargo.toml --lib --no-default-features \
        --target "$target"
    echo "no_std: $target: built"
done
[[ -n $targets ]] || echo "no_std: no such target is installed: built for none"
