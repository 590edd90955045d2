#!/usr/bin/env bash
set -euo pipefail

usage() {
  cat <<'END'
Usage: run.sh [server|client|all] [OPTION]...

Runs the Autobahn testsuite against echoing servers, echoing clients or both (the default), one
after the other, and judges the reports. Exits with 0 only if all that was asked for was accepted.

  --cases 'PATTERN...'     cases to run (default: '*')
  --shares N               run that many shares of the cases side by side (default: 2)
  --server-example NAMES   the servers under test (default: 'echo_server echo_tokio')
  --client-example NAMES   the clients under test (default: 'client client_tokio')

SERVER_BIN and CLIENT_BIN name a program to test instead of the examples. PYTHON2 names the Python 2.7
to install the testsuite for. Everything is written below CARGO_TARGET_DIR (default: target).
END
}

die() {
  printf 'run.sh: %s\n' "$*" >&2
  exit 1
}

direction=all patterns='*' shares=2
servers=(echo_server echo_tokio) clients=(client client_tokio)
while [ $# -gt 0 ]; do
  case $1 in
    server | client | all) direction=$1 && shift && continue ;;
    -h | --help) usage && exit ;;
    --*) [ $# -gt 1 ] || die "$1 needs a value" ;;&
    --cases) patterns=$2 ;;
    --shares) shares=$2 ;;
    --server-example) read -ra servers <<<"$2" ;;
    --client-example) read -ra clients <<<"$2" ;;
    *) usage >&2 && die "unknown argument: $1" ;;
  esac
  shift 2
done
[[ $shares =~ ^[1-9][0-9]?$ ]] || die "not a number of shares: $shares"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "${CARGO_TARGET_DIR:=$here/../target}"
CARGO_TARGET_DIR=$(cd "$CARGO_TARGET_DIR" && pwd)
work=$CARGO_TARGET_DIR/autobahn
export CARGO_TARGET_DIR PYTHONUSERBASE=$work/python
# The largest message of the suite (9.1.6 and 9.2.6).
max_message=$((16 * 1024 * 1024))
# The reports name the peer that was tested. No other process and no earlier run has this name.
peer=sansocket-$(date +%s)-$$
since=$(date -u +%Y-%m-%dT%H:%M:%S)

# All that is in the background runs under `timeout`, which passes the signal on, kills after 5 s.
stop_background() {
  local pids
  mapfile -t pids < <(jobs -pr)
  [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait
}
trap stop_background EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# bounded SECONDS COMMAND...: for the background only, takes the place of the shell.
bounded() {
  exec timeout --kill-after 5 "$@" </dev/null
}

# until_true SECONDS COMMAND...: repeats the command until it succeeds.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}

alive() { kill -0 "$1" 2>/dev/null; }
ended() { ! alive "$1"; }
accepts_connections() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# start_wstest MODE SHARE URL: starts a testsuite on a share of the cases; sets `wstest` to its id.
start_wstest() {
  local share=$reports/$2 ids
  ids=$(sed 's/.*/"&"/' "$share.cases" | paste -sd,)
  printf '{"outdir": "%s", "url": "%s", "servers": [{"url": "%s"}], "cases": [%s]}\n' \
    "$share" "$3" "$3" "$ids" >"$share.json"
  # Web port 0 is none.
  bounded "$limit" "$PYTHONUSERBASE/bin/wstest" --mode "$1" --spec "$share.json" --webport 0 \
    >"$share.log" 2>&1 &
  wstest=$!
}

# deal PROGRAM: deals the cases out to `$shares` files in a new folder; sets `reports` to the folder,
# and `limit` to the seconds that a share may take.
deal() {
  reports=$work/reports/$(basename "$1")
  echo "$(basename "$1"): $count cases in $shares shares" >&2
  mkdir -p "$reports"
  awk -v shares="$shares" -v reports="$reports" \
    '{ print > (reports "/" NR % shares + 1 ".cases") }' "$work/cases"
  limit=$((60 + 10 * $(wc -l <"$reports/1.cases")))
}

# judge TITLE: judges the reports in `$reports`; sets `rejected`.
judge() {
  local folders
  ! grep "panicked at" "$reports"/peer*.log || die "the $1 panicked"
  mapfile -t folders < <(seq -f "$reports/%g" "$shares")
  python3 "$here/judge.py" --title "$1" --peer "$peer" --since "$since" --cases "$work/cases" \
    "${folders[@]}" | tee -a "$work/reports/summary.md" || rejected=yes
}

test_server() {
  local server url share wstests=()
  deal "$1"
  bounded $((limit + 60)) "$1" --listen 127.0.0.1:0 --max-message "$max_message" \
    --server "$peer" >"$reports/peer.out" 2>"$reports/peer.log" &
  server=$!
  until_true 10 grep -qs '^listening on ws://' "$reports/peer.out" ||
    die "the server does not listen: $(tail "$reports/peer.log")"
  url=$(sed -n 's/^listening on //p;q' "$reports/peer.out")
  for ((share = 1; share <= shares; share++)); do
    start_wstest fuzzingclient "$share" "$url"
    wstests+=("$wstest")
  done
  for wstest in "${wstests[@]}"; do
    # The testsuite would wait for a server that has gone.
    while alive "$wstest"; do
      alive "$server" || die "the server ended: $(tail "$reports/peer.log")"
      sleep 0.1
    done
    wait "$wstest" || die "the testsuite ended with status $?, see $reports"
  done
  alive "$server" || die "the server ended: $(tail "$reports/peer.log")"
  kill "$server"
  wait "$server" || true
  judge "Server ($(basename "$1"))"
}

# drive PROGRAM SHARE PORT: has a client run each case of a share in a process of its own.
drive() {
  local program=$1 cases=$reports/$2.cases url=ws://127.0.0.1:$3 number count client
  trap 'kill "$client"; exit 1' TERM
  count=$(wc -l <"$cases")
  run_client() {
    bounded 180 "$program" --echo --max-message "$max_message" "$url/$1" >/dev/null &
    client=$!
    wait "$client"
  }
  for ((number = 1; number <= count; number++)); do
    # A case may be made to end abnormally (2). The client has no other reason to fail.
    run_client "runCase?case=$number&agent=$peer" || [ $? -eq 2 ] ||
      die "the client failed in case $(sed -n "${number}p" "$cases")"
  done
  # The testsuite stops before it has answered this, so the outcome means nothing.
  run_client "updateReports?agent=$peer&shutdownOnComplete=true" || true
}

test_client() {
  local port share driver drivers=() wstests=()
  deal "$1"
  for ((share = 1; share <= shares; share++)); do
    port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])')
    start_wstest fuzzingserver "$share" "ws://127.0.0.1:$port"
    wstests+=("$wstest")
    until_true 30 accepts_connections "$port" || die "the testsuite does not listen"
    drive "$1" "$share" "$port" 2>"$reports/peer-$share.log" &
    drivers+=($!)
  done
  for driver in "${drivers[@]}"; do
    wait "$driver" || die "$(tail -n 3 "$reports"/peer-*.log)"
  done
  for wstest in "${wstests[@]}"; do
    until_true 30 ended "$wstest" || die "the testsuite does not stop"
    wait "$wstest" || die "the testsuite ended with status $?, see $reports"
  done
  judge "Client ($(basename "$1"))"
}

python2=$("$here/install.sh" "$work")
set -f # Patterns are for the cases, not for files.
# shellcheck disable=SC2086
"$python2" "$here/cases.py" $patterns >"$work/cases"
set +f
count=$(wc -l <"$work/cases")
[ "$count" -gt 0 ] || die "no case was asked for"
[ "$shares" -le "$count" ] || shares=$count

examples=()
[ "$direction" = client ] || [ -n "${SERVER_BIN:-}" ] || examples+=("${servers[@]}")
[ "$direction" = server ] || [ -n "${CLIENT_BIN:-}" ] || examples+=("${clients[@]}")
[ ${#examples[@]} -eq 0 ] ||
  (cd "$here/.." && cargo build -p sansocket --release --features deflate,hyper,net,url "${examples[@]/#/--example=}")
built=$CARGO_TARGET_DIR/release/examples
servers=("${servers[@]/#/$built/}") clients=("${clients[@]/#/$built/}")
[ -z "${SERVER_BIN:-}" ] || servers=("$SERVER_BIN")
[ -z "${CLIENT_BIN:-}" ] || clients=("$CLIENT_BIN")

rejected=no
rm -rf "$work/reports"
if [ "$direction" != client ]; then
  for program in "${servers[@]}"; do test_server "$program"; done
fi
if [ "$direction" != server ]; then
  for program in "${clients[@]}"; do test_client "$program"; done
fi
[ "$rejected" = no ]
