"""`websockets` as server for our client: python_server.py PATH_OF_CLIENT [CERTIFICATE KEY]"""

import asyncio
import os
import ssl
import sys
from contextlib import asynccontextmanager

import websockets
from checks import EXCHANGES, SECONDS_TO_CLOSE, TEXT, Report, echoes, equal
from websockets.asyncio.server import serve

program, *certificate = sys.argv[1:]
report = Report(f"{os.path.basename(program)} -> python websockets {websockets.__version__}")
accepted = asyncio.Queue()


async def accept(socket):
    accepted.put_nowait(socket)
    await socket.wait_closed()


def refuse(socket, request):
    if request.path == "/refused":
        return socket.respond(401, "not you\n")


def select_subprotocol(_, offered):
    return "chat.v2" if "chat.v2" in offered else None


async def printed_at_end(process, exit_code):
    # Read all the time: a full pipe would stop the client.
    printed = (await process.stdout.read()).decode(errors="replace")
    code = await process.wait()
    if code != exit_code:
        raise AssertionError(f"exit code {code}, wanted {exit_code}; printed {printed[-200:]!r}")
    return printed


@asynccontextmanager
async def client(url, *options, trust=certificate[:1], exit_code=0):
    """Runs our client, which shall end with `exit_code`; yields it and the task that tells."""
    process = await asyncio.create_subprocess_exec(
        program,
        url,
        *options,
        *(f"--ca={file}" for file in trust),
        stdin=asyncio.subprocess.DEVNULL if "--echo" in options else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    ended = asyncio.create_task(printed_at_end(process, exit_code))
    try:
        yield process, ended
        await ended
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.gather(ended, return_exceptions=True)


async def connection(ended):
    """The connection that our client makes; fails at once if it ends without one."""
    connected = asyncio.create_task(accepted.get())
    await asyncio.wait((connected, ended), return_when=asyncio.FIRST_COMPLETED)
    if not connected.done():
        connected.cancel()
        raise AssertionError(f"ended without a connection; printed {await ended!r}")
    return connected.result()


async def close(socket, code=1000, reason=""):
    await socket.close(code, reason)
    equal(socket.protocol.close_rcvd and socket.protocol.close_rcvd.code, code)


def contains(printed, *parts):
    for part in parts:
        if part not in printed:
            raise AssertionError(f"{part!r} not in the output {printed!r}")


async def echo(url, exchange, *close_frame):
    async with client(url, "--echo") as (_, ended):
        socket = await connection(ended)
        await exchange(socket)
        await close(socket, *close_frame)


async def refused(url):
    async with client(url + "/refused", "--echo", exit_code=1):
        pass


async def distrusted(url):
    async with client(url, "--echo", trust=(), exit_code=1):
        pass


async def dropped(url, drop):
    async with client(url, "--echo", exit_code=2) as (_, ended):
        socket = await connection(ended)
        await echoes(TEXT)(socket)
        drop(socket.transport)


async def interactive(url):
    async with client(url) as (process, ended):
        socket = await connection(ended)
        lines = ["first", "", TEXT]
        process.stdin.write("".join(line + "\n" for line in lines).encode())
        for line in lines:
            equal(await socket.recv(), line)
        await socket.send(TEXT)
        await socket.send(b"\x00\xff\x80")
        process.stdin.close()
        await socket.wait_closed()
        equal(socket.close_code, 1000)
        shown = f"text {len(TEXT.encode())} bytes: {TEXT}"
        contains(await ended, shown, "binary 3 bytes", "closed: 1000")


async def interactive_closed_by_server(url):
    async with client(url) as (_, ended):
        await close(await connection(ended), 3001, "tschüß")
        contains(await ended, "closed: 3001", "tschüß")


async def request_headers(url):
    options = ("--echo", "--header", "X-Interop: yes", "--origin", "http://elsewhere.example")
    async with client(url + "/path?query", *options) as (_, ended):
        socket = await connection(ended)
        request = socket.request
        got = (request.path, request.headers.get("X-Interop"), request.headers.get("Origin"))
        equal(got, ("/path?query", "yes", "http://elsewhere.example"))
        await close(socket)


async def subprotocol(url):
    offer = ("--subprotocol", "chat.v1", "--subprotocol", "chat.v2")
    async with client(url, "--echo", *offer) as (_, ended):
        socket = await connection(ended)
        offered = ",".join(socket.request.headers.get_all("Sec-WebSocket-Protocol"))
        equal(offered.replace(" ", ""), "chat.v1,chat.v2")
        equal(socket.subprotocol, "chat.v2")
        await echoes(TEXT)(socket)
        await close(socket)


async def check(what, coroutine):
    await report.check(what, coroutine)
    # A connection that a failed check did not take must not become the next one's.
    while not accepted.empty():
        accepted.get_nowait().transport.abort()


async def main():
    options = {
        "max_size": None,
        "close_timeout": SECONDS_TO_CLOSE,
        "process_request": refuse,
        "select_subprotocol": select_subprotocol,
    }
    scheme = "ws"
    if certificate:
        scheme = "wss"
        options["ssl"] = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        options["ssl"].load_cert_chain(*certificate)
    async with serve(accept, "127.0.0.1", 0, **options) as server:
        url = "%s://127.0.0.1:%d" % (scheme, server.sockets[0].getsockname()[1])
        await check("opening handshake", echo(url, report.note_extensions))
        for what, exchange in EXCHANGES.items():
            await check(what, echo(url, exchange))
        await check("close 3001 with reason", echo(url, echoes(TEXT), 3001, "tschüß"))
        await check("refused with 401", refused(url))
        if certificate:
            await check("unknown certificate", distrusted(url))
        await check("TCP ended without Close", dropped(url, lambda tcp: tcp.close()))
        await check("TCP reset", dropped(url, lambda tcp: tcp.abort()))
        await check("typed lines, printed messages", interactive(url))
        await check("closed while a terminal waits", interactive_closed_by_server(url))
        await check("path, header and origin", request_headers(url))
        await check("subprotocol", subprotocol(url))
    return report.failed


sys.exit(asyncio.run(main()))
