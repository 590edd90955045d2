"""`websockets` as client of our echo server: python_client.py NAME URL"""

import asyncio
import sys

import websockets
from checks import EXCHANGES, SECONDS_TO_CLOSE, TEXT, Report, echoes, equal
from websockets.asyncio.client import connect

name, url = sys.argv[1:]
report = Report(f"python websockets {websockets.__version__} -> {name}")


async def run(exchange, code=1000, reason="", **options):
    options |= {"max_size": None, "close_timeout": SECONDS_TO_CLOSE, "proxy": None}
    async with connect(url, **options) as socket:
        await exchange(socket)
        await socket.close(code, reason)
        frame = socket.protocol.close_rcvd
        equal(frame and (frame.code, frame.reason), (code, reason))


async def main():
    await report.check("opening handshake", run(report.note_extensions))
    for what, exchange in EXCHANGES.items():
        await report.check(what, run(exchange))
    foreign = run(echoes(TEXT), origin="http://elsewhere.example")
    await report.check("foreign origin", foreign)
    await report.check("close 3001 with reason", run(echoes(TEXT), 3001, "tschüß"))
    return report.failed


sys.exit(asyncio.run(main()))
