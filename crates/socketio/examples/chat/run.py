#!/usr/bin/env python3
"""Two servers of the chat with one Redis. One command installs what is needed, and starts them:

    crates/socketio/examples/chat/run.py

It prints the addresses and process ids. Kill a server with `kill -9`, and look at its page: after 10 seconds
it is started again, and the page gets what it missed. With `--drive FOLDER`, two browsers use the chat instead, and
leave screenshots in the folder.

Needed: Rust, npm, and for Redis what `examples/scale_out/redis.sh` says; with `--drive`, Chromium.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
NODE = TARGET / "chat/node"
REDIS = ROOT / "examples/scale_out/redis.sh"
SECONDS_TO_START = 30


def install(names):
    """Installs npm packages, with the versions that the tests use."""
    manifest = ROOT / "tests/socketio/package.json"
    versions = json.loads(manifest.read_text(encoding="utf-8"))["dependencies"]
    NODE.mkdir(parents=True, exist_ok=True)
    quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    packages = [f"{name}@{versions[name]}" for name in names]
    command = ["npm", "install", "--prefix", NODE, *quiet, *packages]
    subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL)


def build():
    # With what the tests of the workspace are built with.
    command = ["cargo", "build", "--quiet", "--example", "chat"]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | {"CARGO_TARGET_DIR": str(TARGET)})
    return TARGET / "debug/examples/chat"


def free_ports():
    """Two different ones: both are taken at the same time."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


class Server:
    """A process that is started again, on the same port, after it was killed."""

    def __init__(self, command, port, away):
        self.command = [*command, "--listen", f"127.0.0.1:{port}"]
        self.url = f"http://127.0.0.1:{port}"
        self.away = away
        self.is_closed = False
        self.lock = threading.Lock()
        self.start()
        threading.Thread(target=self.watch, daemon=True).start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        timer = threading.Timer(SECONDS_TO_START, self.process.kill)
        timer.start()
        line = self.process.stdout.readline().strip()
        timer.cancel()
        if line != f"listening on {self.url}":
            self.process.kill()
            raise RuntimeError(f"the server must print 'listening on {self.url}', not {line!r}")

    def watch(self):
        while True:
            self.process.wait()
            time.sleep(self.away)
            with self.lock:
                if self.is_closed:
                    return
                self.start()
            print(f"{self.url} was started again, process {self.process.pid}", flush=True)

    def close(self):
        with self.lock:
            self.is_closed = True
            self.process.kill()
            self.process.wait()


def drive(servers, redis_port, folder):
    chromium = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not chromium:
        sys.exit("drive: Chromium is needed, in the path or as CHROMIUM")
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [f"{server.url} {server.process.pid}" for server in servers]
    environment = os.environ | {"NODE_PATH": str(NODE / "node_modules"), "CHROMIUM": chromium}
    command = ["node", HERE / "drive.mjs", folder, redis_port, *arguments]
    return subprocess.run(command, timeout=300, env=environment, check=False).returncode


def main():
    parser = argparse.ArgumentParser(description="Two servers of the chat with one Redis.")
    parser.add_argument("--drive", type=pathlib.Path, metavar="FOLDER", help="let two browsers use the chat")
    parser.add_argument("--away", type=float, default=10, metavar="SECONDS", help="how long a killed server is away (10)")
    arguments = parser.parse_args()
    # Whatever ends this ends the servers and Redis, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    install(["socket.io-client"] + (["playwright-core"] if arguments.drive else []))
    client = NODE / "node_modules/socket.io-client/dist/socket.io.min.js"
    binary = build()
    data = tempfile.mkdtemp(prefix="chat-redis-")
    servers = []
    try:
        started = subprocess.run([REDIS, "start", data], check=True, timeout=600, stdout=subprocess.PIPE, text=True)
        redis_port = started.stdout.strip()
        redis = f"redis://127.0.0.1:{redis_port}"
        ports = free_ports()
        for port, other in (ports, ports[::-1]):
            command = [binary, "--client", client, "--redis", redis, "--beside", f"http://127.0.0.1:{other}"]
            servers.append(Server(command, port, arguments.away))
        if arguments.drive:
            return drive(servers, redis_port, arguments.drive.resolve())
        for server in servers:
            print(f"{server.url}  process {server.process.pid}")
        print(f"both side by side: {servers[0].url}/both\nCtrl-C ends them", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for server in servers:
            server.close()
        subprocess.run([REDIS, "stop", data], check=False)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
