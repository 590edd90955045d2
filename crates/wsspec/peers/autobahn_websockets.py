"""A client as people write it for Autobahn's fuzzing server, with the Python package websockets:
autobahn_websockets.py URL"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

SERVER = sys.argv[1]
AGENT = "websockets"


async def get_case_count():
    async with connect(f"{SERVER}/getCaseCount", proxy=None) as ws:
        return json.loads(await ws.recv())


async def run_case(case):
    async with connect(f"{SERVER}/runCase?case={case}&agent={AGENT}", max_size=2**25, proxy=None) as ws:
        try:
            async for msg in ws:
                await ws.send(msg)
        except WebSocketException:
            pass


async def update_reports():
    async with connect(f"{SERVER}/updateReports?agent={AGENT}", proxy=None):
        pass


async def main():
    cases = await get_case_count()
    for case in range(1, cases + 1):
        try:
            await run_case(case)
        except WebSocketException:
            pass
    await update_reports()


asyncio.run(main())
