#!/usr/bin/env python3
"""Lets the example servers run out of descriptors, and checks that they go on accepting.

    tests/shortage/run.py [EXAMPLE...]

Each server may open few descriptors, and more clients request an upgrade at once than it can serve.
All of them must be served in the end, although nobody else connects: after clients have left, and,
in a second run, after the limit was raised while all stay. Meanwhile the server must not spin.
Needs Linux.
"""

import json
import os
import pathlib
import re
import resource
import select
import socket
import subprocess
import sys
import time

# Each with its features, and its arguments for a port that the system picks.
SERVERS = {
    "sans_io": ("", ["127.0.0.1:0"]),
    "embed_smol": ("", ["server", "127.0.0.1:0"]),
    "embed_compio": ("", ["server", "127.0.0.1:0"]),
    "echo_server": ("", ["--listen", "127.0.0.1:0"]),
    "echo_tokio": ("net", ["--listen", "127.0.0.1:0"]),
    "hyper_echo": ("hyper", ["--listen", "127.0.0.1:0"]),
}
CLIENTS = 60
DESCRIPTORS = 32
# How long a server may take for what it can do at once, in seconds.
PATIENCE = 20
# How long it is watched, and the share of the time that it may compute then.
WATCHED = 1.0
MAX_LOAD = 0.2
# RFC 6455 1.2.
REQUEST = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def build(example):
    features, _ = SERVERS[example]
    command = ["cargo", "build", "-p", "sansocket", "--quiet", "--features", features]
    subprocess.run([*command, "--example", example], check=True)


def target_directory():
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    metadata = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return pathlib.Path(json.loads(metadata)["target_directory"])


class Server:
    def __init__(self, program, arguments):
        def limit():
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))

        self.process = subprocess.Popen(
            [program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=limit,
        )
        address = re.search(r"ws://([\d.]+):(\d+)", self.process.stdout.readline())
        self.address = (address[1], int(address[2]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def allow_more(self):
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (4 * CLIENTS, hard))

    def load(self):
        """The share of the time that it computes."""
        before = self.computed()
        time.sleep(WATCHED)
        return (self.computed() - before) / WATCHED

    def computed(self):
        # proc_pid_stat(5): utime and stime, the 14th and 15th; the 2nd can hold spaces.
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def served(clients, until):
    """Those that are answered: at least one, unless the time is up, and who else is then."""
    wait = max(0, until - time.monotonic())
    answered = []
    while readable := select.select([c for c in clients if c not in answered], [], [], wait)[0]:
        for client in readable:
            answer = client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101 "), f"the answer is {answer!r}"
        answered += readable
        wait = 0.3
    return answered


def check(program, arguments, leave):
    """Returns what is wrong, or None. `leave`: whether clients that were served leave."""
    with Server(program, arguments) as server:
        waiting = []
        for _ in range(CLIENTS):
            client = socket.create_connection(server.address, timeout=PATIENCE)
            client.sendall(REQUEST)
            waiting.append(client)
        here = served(waiting, time.monotonic() + PATIENCE)
        waiting = [client for client in waiting if client not in here]
        if not here or not waiting:
            return f"{len(here)} of {CLIENTS} are served with {DESCRIPTORS} descriptors"
        load = server.load()
        if load > MAX_LOAD:
            return f"out of descriptors it computes for {load:.0%} of the time"
        if not leave:
            server.allow_more()
        until = time.monotonic() + PATIENCE
        while waiting and time.monotonic() < until:
            if leave:
                for client in here:
                    client.close()
            here = served(waiting, until)
            waiting = [client for client in waiting if client not in here]
        if waiting:
            return f"{len(waiting)} of {CLIENTS} are never served"
    return None


def main():
    examples = sys.argv[1:] or list(SERVERS)
    failed = False
    for example in examples:
        build(example)
        program = target_directory() / "debug" / "examples" / example
        for leave, case in [(True, "when clients leave"), (False, "when more are allowed")]:
            wrong = check(program, SERVERS[example][1], leave)
            failed |= wrong is not None
            print(f"shortage: {example}: {case}: {wrong or 'goes on accepting'}", flush=True)
    sys.exit(failed)


main()
