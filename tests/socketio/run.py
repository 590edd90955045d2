#!/usr/bin/env python3
"""Socket.IO servers and clients against each other. README.md has the contracts that they keep.

    tests/socketio/run.py pairs [CLIENT:SERVER...]
    tests/socketio/run.py servers --server CMD [--skip SCENARIO=REASON]... [CLIENT...]
    tests/socketio/run.py clients --client CMD [--skip SCENARIO=REASON]... [SERVER...]
"""

import argparse
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[1] / "target")).resolve()
WORK = TARGET / "socketio"
PYTHON = WORK / "venv/bin/python"

CLIENTS = {
    "npm": ["node", HERE / "client.mjs"],
    "chromium": ["node", HERE / "browser.mjs"],
    "python": [PYTHON, HERE / "client.py"],
    "http": [PYTHON, HERE / "http_client.py"],
}
SERVERS = {
    "npm": ["node", HERE / "server.mjs"],
    "python": [PYTHON, HERE / "server.py"],
}
PING_INTERVAL, PING_TIMEOUT, MAX_PAYLOAD = 1000, 2000, 1_000_000
SECONDS_TO_START = 30
SECONDS_PER_SCENARIO = 10
# How long a killed server is away.
SECONDS_AWAY = 0.5


def rows(heading):
    """Returns the rows below a heading of README.md whose first cell is code."""
    section = (HERE / "README.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]


SCENARIOS = [name for name, _ in rows("Scenarios of a client")]
HTTP_SCENARIOS = [name for name, _ in rows("Scenarios over HTTP")]


def install_node():
    folder = WORK / "node"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", folder)
    quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(["npm", "install", "--prefix", folder, *quiet], check=True, timeout=300, stdout=subprocess.DEVNULL)


def install_python():
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", WORK / "venv"], check=True, timeout=120)
    install = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]
    subprocess.run([*install, HERE / "requirements.txt"], check=True, timeout=300)


def install_chromium():
    if shutil.which(os.environ.get("CHROMIUM", "chromium")):
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "update"], check=True, timeout=300)
    subprocess.run(["apt-get", "-qq", "install", "--yes", "chromium"], check=True, timeout=600, env=environment)


def install(names):
    """Installs what the programs of this folder with these names need."""
    if names & {"npm", "chromium"}:
        install_node()
    if names & {"python", "http"}:
        install_python()
    if "chromium" in names:
        install_chromium()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Server:
    """A server process, which can be killed and started again on its port."""

    def __init__(self, command, origin, log):
        self.command = [
            *command,
            *("--ping-interval", str(PING_INTERVAL), "--ping-timeout", str(PING_TIMEOUT)),
            *("--max-payload", str(MAX_PAYLOAD), "--origin", origin),
        ]
        self.log = log
        self.url = None
        self.start("127.0.0.1:0")

    def start(self, listen):
        self.process = subprocess.Popen(
            [*self.command, "--listen", listen], stdout=subprocess.PIPE, stderr=self.log, text=True, env=environment()
        )
        timer = threading.Timer(SECONDS_TO_START, self.process.kill)
        timer.start()
        line = self.process.stdout.readline().strip()
        timer.cancel()
        self.url = line.removeprefix("listening on ")
        if not self.url.startswith("http://127.0.0.1:"):
            self.close()
            wanted = f"'listening on http://127.0.0.1:PORT' within {SECONDS_TO_START} s"
            raise RuntimeError(f"the first line of the server must be {wanted}; it is {line!r}")
        # A full pipe would stop the server.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def do(self, what):
        """Does what a client asks for: kill, stop or continue."""
        if what == "kill":
            self.close()
            time.sleep(SECONDS_AWAY)
            self.start(self.url.removeprefix("http://"))
        else:
            self.process.send_signal({"stop": signal.SIGSTOP, "continue": signal.SIGCONT}[what])

    def close(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def environment():
    return os.environ | {"NODE_PATH": str(WORK / "node/node_modules"), "PYTHONDONTWRITEBYTECODE": "1"}


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def ok(self, what):
        self.passed += 1
        print(f"ok      {what}", flush=True)

    def fail(self, what):
        self.failed += 1
        print(f"FAILED  {what}", flush=True)

    def skip(self, what):
        self.skipped += 1
        print(f"skip    {what}", flush=True)


def run_client(command, server, scenarios, origin, log):
    """Runs the client; yields each scenario that it reports, with the reason if it failed, otherwise with None."""
    process = subprocess.Popen(
        [*command, server.url, *scenarios],
        stdout=subprocess.PIPE, stderr=log, text=True, env=environment() | {"ORIGIN": origin},
    )
    # SIGTERM first: the client can still end its browser.
    timers = [
        threading.Timer(SECONDS_TO_START + SECONDS_PER_SCENARIO * len(scenarios), process.terminate),
        threading.Timer(SECONDS_TO_START + SECONDS_PER_SCENARIO * (len(scenarios) + 1), process.kill),
    ]
    for timer in timers:
        timer.start()
    try:
        failed = False
        for line in process.stdout:
            verdict, _, rest = line.strip().partition(" ")
            name, _, reason = rest.partition(": ")
            if verdict == "server:":
                server.do(rest)
            elif verdict == "ok":
                yield name, None
            elif verdict == "FAILED":
                failed = True
                yield name, reason
        if process.wait() != int(failed):
            yield "exit status", f"got {process.returncode}, wanted {int(failed)}"
    finally:
        for timer in timers:
            timer.cancel()
        process.kill()
        process.wait()


def run_scenarios(client, server, report):
    """Runs all scenarios of a client against a server; each of the two is a name, a command, and what it lacks."""
    (client_name, client_command, client_lacks), (server_name, server_command, server_lacks) = client, server
    pair = f"{client_name} -> {server_name}"
    lacks = server_lacks | client_lacks
    scenarios = HTTP_SCENARIOS if client_name == "http" else SCENARIOS
    for scenario in scenarios:
        if scenario in lacks:
            report.skip(f"{pair}: {scenario}: {lacks[scenario]}")
    pending = [scenario for scenario in scenarios if scenario not in lacks]
    origin = f"http://localhost:{free_port()}"
    with open(WORK / f"{client_name}-{server_name}.log", "w", encoding="utf-8") as log:
        try:
            with Server(server_command, origin, log) as running:
                for scenario, failure in run_client(client_command, running, list(pending), origin, log):
                    if scenario in pending:
                        pending.remove(scenario)
                    if failure is None:
                        report.ok(f"{pair}: {scenario}")
                    else:
                        report.fail(f"{pair}: {scenario}: {failure}")
                if pending:
                    report.fail(f"{pair}: the client has ended without a result for {', '.join(pending)}")
                if running.process.poll() is not None:
                    report.fail(f"{pair}: the server has ended by itself, with {running.process.returncode}")
        except (OSError, RuntimeError, KeyError) as error:
            report.fail(f"{pair}: {type(error).__name__}: {error}")


def ours(names, commands):
    """Returns programs of this folder, each with its command and what it lacks."""
    optional = rows("Optional scenarios")
    return [
        (name, commands[name], {scenario: why for file, scenario, why in optional if file == commands[name][-1].name})
        for name in names or commands
    ]


def parse_skip(text):
    scenario, _, reason = text.partition("=")
    if scenario not in SCENARIOS + HTTP_SCENARIOS or not reason:
        raise argparse.ArgumentTypeError(f"{text!r} is not SCENARIO=REASON with the name of a scenario")
    return scenario, reason


def parse_client(text):
    if text not in CLIENTS:
        raise argparse.ArgumentTypeError(f"no client {text!r}; there are {', '.join(CLIENTS)}")
    return text


def parse_server(text):
    if text not in SERVERS:
        raise argparse.ArgumentTypeError(f"no server {text!r}; there are {', '.join(SERVERS)}")
    return text


def parse_pair(text):
    client, _, server = text.partition(":")
    return parse_client(client), parse_server(server)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Socket.IO servers and clients against each other; see README.md.")
    modes = parser.add_subparsers(dest="mode", required=True)
    pairs = modes.add_parser("pairs", help="programs of this folder against each other")
    pairs.add_argument("names", nargs="*", type=parse_pair, metavar="CLIENT:SERVER")
    servers = modes.add_parser("servers", help="clients of this folder against another server")
    servers.add_argument("--server", dest="command", required=True, type=shlex.split, metavar="CMD")
    servers.add_argument("names", nargs="*", type=parse_client, metavar="CLIENT", help=", ".join(CLIENTS))
    clients = modes.add_parser("clients", help="another client against servers of this folder")
    clients.add_argument("--client", dest="command", required=True, type=shlex.split, metavar="CMD")
    clients.add_argument("names", nargs="*", type=parse_server, metavar="SERVER", help=", ".join(SERVERS))
    for mode in (servers, clients):
        mode.add_argument("--skip", action="append", default=[], type=parse_skip, metavar="SCENARIO=REASON")
    return parser.parse_args()


def chosen_pairs(arguments):
    """Returns the clients and servers to run, each with its command and what it lacks."""
    if arguments.mode == "pairs":
        names = arguments.names or [(client, server) for client in CLIENTS for server in SERVERS]
        clients = ours([client for client, _ in names], CLIENTS)
        servers = ours([server for _, server in names], SERVERS)
        return list(zip(clients, servers))
    other = (pathlib.Path(arguments.command[0]).name, arguments.command, dict(arguments.skip))
    if arguments.mode == "servers":
        return [(client, other) for client in ours(arguments.names, CLIENTS)]
    return [(other, server) for server in ours(arguments.names, SERVERS)]


def main():
    pairs = chosen_pairs(parse_arguments())
    WORK.mkdir(parents=True, exist_ok=True)
    report = Report()
    try:
        install({name for pair in pairs for name, *_ in pair})
    except (OSError, subprocess.SubprocessError) as error:
        report.fail(f"install: {error}")
        pairs = []
    for client, server in pairs:
        started = time.monotonic()
        run_scenarios(client, server, report)
        print(f"{client[0]} -> {server[0]}: done in {time.monotonic() - started:.0f} s", flush=True)
    if report.failed:
        print(f"what the programs complained of is in {WORK}/CLIENT-SERVER.log")
    print(f"{report.passed} passed, {report.failed} failed, {report.skipped} skipped")
    return report.failed > 0


if __name__ == "__main__":
    sys.exit(main())
