#!/usr/bin/env bash
# A Redis of its own, for the demo and the tests:
#
#     redis.sh get               installs it if it is missing: with apt-get, or unpacked into target/redis
#     redis.sh start DIRECTORY   starts it, and prints its port; the directory has its data, log and port
#     redis.sh stop DIRECTORY    ends it as a crash would, and keeps the data
#
# Started again in the same directory, it has the same port and the same data.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
unpacked=$here/target/redis

use_unpacked() {
    local libraries=("$unpacked"/usr/lib/*-linux-gnu)
    export PATH=$PATH:$unpacked/usr/bin
    export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${libraries[0]}
}

get() {
    use_unpacked
    command -v redis-server >/dev/null && return
    if ((EUID == 0)); then
        timeout 300 apt-get update >&2 || true
        # Without a service: it must not start one on the usual port.
        timeout 300 env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
            redis-tools >&2 || true
    fi
    # The program of redis-server is in the package redis-tools, under another name.
    if ! command -v redis-check-rdb >/dev/null; then
        mkdir -p "$unpacked/packages"
        (cd "$unpacked/packages" && timeout 300 apt-get download redis-tools libatomic1 libjemalloc2 liblzf1 >&2)
        for package in "$unpacked"/packages/*.deb; do dpkg -x "$package" "$unpacked"; done
        use_unpacked
    fi
    mkdir -p "$unpacked/usr/bin"
    ln -sf "$(command -v redis-check-rdb)" "$unpacked/usr/bin/redis-server"
}

answers() { [[ $(redis-cli -p "$1" ping 2>/dev/null) == PONG ]]; }

# start_on PORT: with all that was acknowledged on the disk.
start_on() {
    redis-server --port "$1" --bind 127.0.0.1 --dir "$directory" --daemonize yes --pidfile "$directory/pid" \
        --logfile "$directory/log" --appendonly yes --appendfsync always --save '' --maxmemory-policy noeviction \
        >/dev/null
    for _ in {1..100}; do
        # Another server may have the port: ours writes its id, and removes it when it ends.
        if [[ -s $directory/pid ]] && answers "$1"; then
            echo "$1" >"$directory/port"
            return
        fi
        if grep -q 'Failed listening' "$directory/log" 2>/dev/null; then
            rm -f "$directory/log"
            return 1
        fi
        sleep 0.05
    done
    echo "redis.sh: no answer on port $1: see $directory/log" >&2
    return 1
}

start() {
    mkdir -p "$directory"
    if [[ -s $directory/port ]]; then
        start_on "$(cat "$directory/port")"
    else
        local attempt
        for attempt in {1..10}; do
            start_on $((20000 + RANDOM % 12000)) && break
            ((attempt < 10)) || exit 1
        done
    fi
    cat "$directory/port"
}

stop() {
    [[ -s $directory/pid ]] || return 0
    local pid
    pid=$(cat "$directory/pid")
    kill -KILL "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
    rm -f "$directory/pid"
}

case ${1-} in
    get) get && command -v redis-server ;;
    start | stop)
        directory=$(realpath -m "${2:?usage: redis.sh $1 DIRECTORY}")
        get
        "$1"
        ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
