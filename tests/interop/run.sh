#!/usr/bin/env bash
# Runs the example programs against other implementations of WebSocket. README.md tells more.
set -uo pipefail

usage="usage: run.sh [--server-example NAME] [--client-example NAME] [--features LIST] [--wss]
              [python] [node] [chromium] [chat]"
server=echo_server client=client scheme=ws features=() peers=()
while (($#)); do
  case $1 in
    --server-example) server=${2:?$usage}; shift 2 ;;
    --client-example) client=${2:?$usage}; shift 2 ;;
    --features) features=(--features "${2:?$usage}"); shift 2 ;;
    --wss) scheme=wss; shift ;;
    python | node | chromium | chat) peers+=("$1"); shift ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
done
((${#peers[@]})) || peers=(python node chromium)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.." || exit 1
export PYTHONDONTWRITEBYTECODE=1

timeout 1200 cargo build -p sansocket --release "${features[@]}" --example "$server" --example "$client" ||
  exit 1
target=$(cargo metadata --no-deps --format-version 1 |
  sed -E 's/.*"target_directory":"([^"]*)".*/\1/')
examples=$target/release/examples
work=$target/interop
export NODE_PATH=$work/node/node_modules
mkdir -p "$work/node" || exit 1

server_pid='' suite_pid=''
finish() {
  [[ -z $suite_pid ]] || kill "$suite_pid"
  [[ -z $server_pid ]] || kill "$server_pid"
  wait
} 2>/dev/null
trap finish EXIT
trap 'exit 130' INT TERM

passed=0 failed=0
fail() {
  echo "FAILED  $1"
  failed=$((failed + 1))
}

install_python() {
  [[ -x $work/venv/bin/python ]] || timeout 120 python3 -m venv "$work/venv" || return
  timeout 300 "$work/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
}

install_node() {
  cp "$here/package.json" "$work/node/" || return
  timeout 300 npm install --prefix "$work/node" --no-package-lock --no-audit --no-fund \
    --loglevel=error
}

install_chromium() {
  command -v node >/dev/null || { echo "chromium.mjs needs Node.js" >&2; return 1; }
  command -v "${CHROMIUM:-chromium}" >/dev/null || install_package chromium
}

install_package() {
  ((EUID == 0)) || { echo "the package $1 is needed" >&2; return 1; }
  timeout 300 apt-get update && timeout 600 env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes "$1"
}

# make_certificate: for the address that everybody listens on, signed by itself.
make_certificate() {
  command -v openssl >/dev/null || install_package openssl || return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=interop \
    -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
    -keyout "${certificate[1]}" -out "${certificate[0]}"
}

install_chat() {
  install_node && install_chromium &&
    timeout 1200 cargo build -p sansocket --release --features axum --example axum_chat
}

# start_server: leaves its URL in $url.
start_server() {
  local line='' stdout
  exec {stdout}< <(exec "$examples/$server" --listen 127.0.0.1:0 "${server_tls[@]}" 2>"$work/server.log")
  server_pid=$!
  IFS= read -r -t 10 -u "$stdout" line
  url=${line#listening on }
  cat <&"$stdout" >/dev/null & # A full pipe would stop the server.
  exec {stdout}<&-
  [[ $url == $scheme://* ]]
}

# suite NAME COMMAND...: prints the command's report and counts it.
suite() {
  local name=$1 log=$work/$1.log status ok bad
  shift
  timeout -k 5 240 "$@" >"$log" 2>&1 &
  suite_pid=$!
  wait "$suite_pid"
  status=$?
  suite_pid=''
  cat "$log"
  ok=$(grep -ac '^ok ' "$log") bad=$(grep -ac '^FAILED ' "$log")
  passed=$((passed + ok)) failed=$((failed + bad))
  # Every peer offers compression or takes it: with the feature it must have been agreed on.
  if [[ ${features[*]} == *deflate* ]] &&
    grep -a '^note .*extensions:' "$log" | grep -qv 'permessage-deflate'; then
    fail "$name: compression was not negotiated"
  fi
  if ((bad == 0 && (status != 0 || ok == 0))); then
    fail "$name: ended with status $status after $ok checks"
  fi
}

# With wss the peers trust the certificate by its file, and Chromium trusts any.
certificate=() server_tls=() trusting=()
if [[ $scheme == wss ]]; then
  certificate=("$work/cert.pem" "$work/key.pem")
  server_tls=(--cert "${certificate[0]}" --key "${certificate[1]}")
  trusting=(env SSL_CERT_FILE="${certificate[0]}" NODE_EXTRA_CA_CERTS="${certificate[0]}")
  make_certificate >"$work/install.log" 2>&1 ||
    fail "no certificate: $(tail -n 3 "$work/install.log")"
fi
start_server || fail "$server: no 'listening on $scheme://ADDR' in 10 seconds; got '$url'"

for peer in "${peers[@]}"; do
  if ! "install_$peer" >"$work/install.log" 2>&1; then
    fail "$peer: cannot install: $(tail -n 3 "$work/install.log")"
    continue
  fi
  case $peer in
    python)
      python=$work/venv/bin/python
      suite python_client "${trusting[@]}" "$python" "$here/python_client.py" "$server" "$url"
      suite python_server "$python" "$here/python_server.py" "$examples/$client" "${certificate[@]}"
      ;;
    node)
      suite node_client "${trusting[@]}" node "$here/node_client.mjs" "$server" "$url"
      suite node_server node "$here/node_server.mjs" "$examples/$client" "${certificate[@]}"
      ;;
    chromium)
      suite chromium node "$here/chromium.mjs" "$server" "$url" "$work/chromium"
      ;;
    chat)
      suite chat node "$here/chat.mjs" "$examples/axum_chat" "$work"
      ;;
  esac
done

if kill -0 "$server_pid" 2>/dev/null; then
  echo "ok      $server: still running at the end"
  passed=$((passed + 1))
else
  fail "$server: ended by itself: $(tail -n 3 "$work/server.log")"
  server_pid=''
fi
echo "$passed passed, $failed failed"
((failed == 0))
