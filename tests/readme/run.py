#!/usr/bin/env python3
"""Does what a new user does with the README: copies its first three programs into empty packages, with
the lines above each, and runs them.

    tests/readme/run.py

What it changes: `sansocket` comes from this checkout, and the ports are free ones.
"""

import pathlib
import re
import shlex
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "target" / "readme"
PROGRAM = re.compile(r"```text\n((?:cargo add [^\n]*\n)+)```\n\n```rust,no_run\n(.*?)```\n", re.DOTALL)


def cargo(*arguments, **options):
    options = {"check": True, "text": True} | options
    return subprocess.run(["cargo", *arguments], **options)


def free_ports():
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return [str(server.getsockname()[1]) for server in (one, other)]


def build(name, installs, source):
    """Makes a package as the README says; returns its program."""
    package = WORK / name
    (package / "src").mkdir(parents=True, exist_ok=True)
    (package / "src" / "main.rs").write_text(source)
    (package / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n'
    )
    for line in installs.splitlines():
        words = shlex.split(line)[2:]
        path = ["--path", str(ROOT)] if words[0] == "sansocket" else []
        cargo("add", "--quiet", *words, *path, cwd=package)
    cargo("build", "--quiet", "--target-dir", str(WORK / "target"), cwd=package)
    return WORK / "target" / "debug" / name


def check_client(client):
    """Runs the client until the server is there; checks what it prints."""
    for _ in range(100):
        run = subprocess.run([client], capture_output=True, text=True, timeout=60)
        if run.returncode == 0:
            break
        time.sleep(0.1)
    expected = 'received Some("Hello")\nclosed with 1000\n'
    if run.stdout != expected:
        sys.exit(f"readme: {client.name} printed {run.stdout!r}, and {run.stderr!r}")


def main():
    first, second = free_ports()
    readme = (ROOT / "README.md").read_text().replace("9001", first).replace("9002", second)
    programs = PROGRAM.findall(readme)
    if len(programs) != 3:
        sys.exit(f"readme: {len(programs)} programs found, not 3")
    (server, client, axum) = (
        build(name, *program) for name, program in zip(["server", "client", "routes"], programs)
    )
    # The same client for the third program.
    at_route = programs[1][1].replace(f":{first}/", f":{second}/echo")
    client_at_route = build("client_at_route", programs[1][0], at_route)
    for program, its_client in [(server, client), (axum, client_at_route)]:
        running = subprocess.Popen([program])
        try:
            check_client(its_client)
            if running.poll() is not None:
                sys.exit(f"readme: {program.name} has ended, perhaps because its port was taken meanwhile")
        finally:
            running.kill()
            running.wait()
        print(f"readme: {program.name} and {its_client.name} did what the README says")


main()
