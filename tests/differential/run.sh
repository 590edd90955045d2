#!/usr/bin/env bash
# Compares with other implementations, wsproto included.
#
#     tests/differential/run.sh [OPTION]...      see --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

python=target/venv/bin/python
if ! "$python" -c 'import wsproto' 2>/dev/null; then
    python3 -m venv target/venv
    "$python" -m pip install --quiet --requirement requirements.txt
fi
cargo run --quiet --release -- --python "$python" "$@"
