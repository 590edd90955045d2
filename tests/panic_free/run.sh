#!/usr/bin/env bash
# Shows where the optimised engine can panic: not in code of its own. Needs GNU binutils and Python 3.
#
# Frames, connections and whole messages, without compression, panic only where `alloc` asks for more
# memory than there is. The rest of the engine calls what checks an index that cannot be wrong: the
# library for compression, and in the handshake the parsers of base64 and IP addresses, the
# search in strings, and the formatting of text with its escapes. Those are listed, and nothing else
# is.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")"

memory=(alloc/src/alloc.rs alloc/src/raw_vec)
compression=(zlib-rs/src)
handshake=(
    base64/src core/src/net core/src/str/pattern.rs core/src/unicode/printable.rs
    alloc/src/{fmt,str}.rs
)

# check FEATURES ALLOWED...
check() {
    echo "panic_free: ${1:-no feature}"
    cargo build --quiet --locked --release --target-dir target --features "$1"
    python3 panic_paths.py target/release/libsansocket_panic_free.so "${@:2}"
}
check '' "${memory[@]}"
check handshake,deflate "${memory[@]}" "${compression[@]}" "${handshake[@]}"
