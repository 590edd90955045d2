"""What both Python roles check on an open connection, and the report of one line per check."""

import asyncio
import itertools

SECONDS_PER_CHECK = 10
# Shorter, so that a failed check tells its own reason rather than that closing hung as well.
SECONDS_TO_CLOSE = 5

# Every line and every word is numbered, so that a lost, doubled or moved part shows.
TEXT_1M = "".join(f"{line:06} é€😀\n" for line in range(61_680)) + "sixteen letters."
BINARY_1M = b"".join(word.to_bytes(4, "big") for word in range(1 << 18))
assert len(TEXT_1M.encode()) == len(BINARY_1M) == 1 << 20

TEXT = "Grüße, 世界, 👋🏽"
BINARY = bytes(range(256))
# Lengths from 0 to 999 cross the border between the 7-bit and the 16-bit length.
PIPELINED = [BINARY_1M[n : 2 * n] if n % 2 else TEXT_1M[n : 2 * n] for n in range(1000)]


class Report:
    def __init__(self, pair):
        self.pair = pair
        self.failed = False

    async def note_extensions(self, socket):
        extensions = socket.response.headers.get("Sec-WebSocket-Extensions", "none")
        print(f"note    {self.pair}: extensions: {extensions}", flush=True)

    async def check(self, what, coroutine):
        try:
            await asyncio.wait_for(coroutine, SECONDS_PER_CHECK)
            print(f"ok      {self.pair}: {what}", flush=True)
        except Exception as error:
            self.failed = True
            reason = str(error) or type(error).__name__
            print(f"FAILED  {self.pair}: {what}: {reason}", flush=True)


def equal(got, wanted):
    if type(got) is type(wanted) and got == wanted:
        return
    shown = f"got {got!r}, wanted {wanted!r}"
    if len(shown) > 300:
        same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(got, wanted))
        at = sum(1 for _ in same)
        kinds = [f"{type(value).__name__} of length {len(value)}" for value in (got, wanted)]
        shown = f"got {kinds[0]}, wanted {kinds[1]}, different at {at}"
    raise AssertionError(shown)


def echoes(message):
    async def exchange(socket):
        await socket.send(message)
        equal(await socket.recv(), message)

    return exchange


def echoes_fragments(message, length):
    async def exchange(socket):
        data = message.encode() if isinstance(message, str) else message
        fragments = [data[i : i + length] for i in range(0, len(data), length)]
        await socket.send(fragments, text=isinstance(message, str))
        equal(await socket.recv(), message)

    return exchange


async def echoes_around_ping(socket):
    pongs = []

    async def fragments():
        yield TEXT[:5]
        pongs.append(await socket.ping(b"between fragments"))
        yield TEXT[5:]

    await socket.send(fragments())
    equal(await socket.recv(), TEXT)
    await pongs[0]


async def echoes_pipelined(socket):
    async def send():
        for message in PIPELINED:
            await socket.send(message)

    async def receive():
        for message in PIPELINED:
            equal(await socket.recv(), message)

    await asyncio.gather(send(), receive())


async def answers_pings(socket):
    # A pong with another payload leaves the ping unanswered, and the check times out.
    for payload in (b"", BINARY[:125]):
        await (await socket.ping(payload))


EXCHANGES = {
    "text": echoes(TEXT),
    "binary": echoes(BINARY),
    "empty text": echoes(""),
    "empty binary": echoes(b""),
    "1 MiB text": echoes(TEXT_1M),
    "1 MiB binary": echoes(BINARY_1M),
    "fragmented text, cut inside characters": echoes_fragments(TEXT, 1),
    "fragmented binary": echoes_fragments(BINARY, 100),
    "fragmented 1 MiB text": echoes_fragments(TEXT_1M, 9_999),
    "ping between fragments": echoes_around_ping,
    "1000 messages pipelined": echoes_pipelined,
    "ping answered with its payload": answers_pings,
}
