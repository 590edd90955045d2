"""python-socketio as a client that keeps the contract of README.md: client.py URL SCENARIO..."""

import asyncio
import json
import sys

import engineio
import socketio

# Its default of 16 packets is less than other servers send.
engineio.payload.Payload.max_decode_packets = 1000
SECONDS_PER_SCENARIO = 10
# Longer than anything should take, and shorter than a scenario may take, so that a failure reports its own reason.
PATIENCE = 8
PING_INTERVAL_AND_TIMEOUT = 3
MAX_PAYLOAD = 1_000_000
# How long to watch that nothing happens: several reconnection delays.
QUIET = 0.4

SESAME = {"token": "sesame"}
BYTES = bytes(range(256))
EVENTS = [
    [],
    ['Grüße, 世界, 👋🏽, \u001e, \u0000, \u2028, ", \\'],
    [0, -1, 1.5, 2**53 - 1, True, False, None],
    [[], {}, [[["deep"]]], {"a": {"b": [{"c": None}]}, "": "under an empty key"}],
    [{"_placeholder": True, "num": 0}],
]
BINARY = [
    [BYTES],
    [b""],
    [BYTES, "between", BYTES[::-1]],
    [{"file": BYTES, "parts": [BYTES[:1], {"deep": BYTES[1:3]}], "name": "x", "none": None}],
    [[[BYTES[7:9]]]],
]


def plain(value):
    """A text that tells `True` from 1, and does not depend on the order of keys."""
    return json.dumps(value, sort_keys=True, default=lambda binary: f"binary {binary.hex()}")


def equal(got, wanted):
    one, other = plain(got), plain(wanted)
    if one != other:
        raise AssertionError(f"got {one[:200]} ({len(one)} characters), wanted {other[:200]}")


def equal_arguments(got, wanted):
    """Compares the arguments of an event, which may have the offset of recovery as one more."""
    offset = len(got) == len(wanted) + 1 and isinstance(got[-1], str)
    equal(got[:-1] if offset else got, wanted)


class Socket:
    """One connection, with a queue of events for each namespace and name."""

    def __init__(self, url):
        self.url = url
        self.client = socketio.AsyncClient(reconnection_delay=0.05, reconnection_delay_max=0.2, randomization_factor=0)
        self.queues = {}
        self.answer = None

    async def connect(self, *namespaces, transports=("websocket",), auth=None):
        for namespace in namespaces:
            self.client.on("*", self.handler(namespace), namespace=namespace)
            for event in ("connect", "connect_error", "disconnect"):
                self.client.on(event, self.handler(namespace, event), namespace=namespace)
            self.client.on("question", self.on_question, namespace=namespace)
        await self.client.connect(
            self.url, namespaces=list(namespaces), transports=list(transports), auth=auth, wait_timeout=PATIENCE
        )
        for namespace in namespaces:
            await self.next("connect", namespace)
        return self

    def handler(self, namespace, event=None):
        async def handle(*args):
            name, args = (event, args) if event else (args[0], args[1:])
            self.queue(name, namespace).put_nowait(list(args))

        return handle

    async def on_question(self, *args):
        return await self.answer(*args)

    def queue(self, event, namespace):
        return self.queues.setdefault((namespace, event), asyncio.Queue())

    async def next(self, event, namespace="/"):
        try:
            return await asyncio.wait_for(self.queue(event, namespace).get(), PATIENCE)
        except asyncio.TimeoutError:
            raise AssertionError(f"no {event} in {PATIENCE} s") from None

    async def heard(self, event, last, namespace="/"):
        """Returns the first arguments of the events up to the one that is `last`."""
        heard = []
        while not heard or heard[-1] != last:
            heard.append((await self.next(event, namespace))[0])
        return heard

    async def emit(self, event, *args, namespace="/"):
        await self.client.emit(event, args, namespace=namespace)

    async def call(self, event, *args, namespace="/", timeout=PATIENCE):
        """Returns the arguments of the acknowledgement. (`AsyncClient.call` hides their number.)"""
        answer = asyncio.get_running_loop().create_future()

        def on_answer(*arguments):
            if not answer.done():
                answer.set_result(list(arguments))

        await self.client.emit(event, args, namespace=namespace, callback=on_answer)
        try:
            return await asyncio.wait_for(answer, timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(f"no acknowledgement of {event} in {timeout} s") from None

    async def who_am_i(self):
        return (await self.call("who-am-i"))[0]

    async def echo(self, *args, namespace="/"):
        await self.emit("echo", *args, namespace=namespace)
        equal_arguments(await self.next("echo", namespace), list(args))

    async def echo_in_order(self, all_args, pause=None):
        for args in all_args:
            await self.emit("echo", *args)
            if pause is not None:
                await asyncio.sleep(pause)
        for args in all_args:
            equal_arguments(await self.next("echo"), args)

    async def echo_each(self, all_args):
        for args in all_args:
            await self.echo(*args)

    async def acknowledge_each(self):
        for args in EVENTS + BINARY:
            equal(await self.call("echo-ack", *args), args)
        answers = await asyncio.gather(*(self.call("echo-ack", number) for number in range(50)))
        equal(answers, [[number] for number in range(50)])

    async def cut(self):
        """Ends the transport without a disconnect packet."""
        await self.client.eio.ws.close()

    async def stays_gone(self, namespace):
        await asyncio.sleep(QUIET)
        equal(namespace in self.client.namespaces, False)


class Scenarios:
    """Each method is a scenario, with `_` in place of `-`."""

    def __init__(self, url):
        self.url = url
        self.sockets = []

    def open(self):
        self.sockets.append(Socket(self.url))
        return self.sockets[-1]

    async def connected(self, *namespaces, **options):
        return await self.open().connect(*(namespaces or ["/"]), **options)

    def close(self):
        """Starts to close all sockets. By polling this can take until the ping timeout."""
        return [asyncio.create_task(socket.client.shutdown()) for socket in self.sockets]

    async def connect(self):
        socket = await self.connected()
        who = await socket.who_am_i()
        equal([who["id"], who["recovered"]], [socket.client.get_sid("/"), False])

    async def auth_accepted(self):
        socket = await self.connected("/admin", auth=SESAME)
        await socket.echo("let in", namespace="/admin")

    async def refusal(self, namespace, auth=None):
        """Returns the arguments of `connect_error`."""
        socket = self.open()
        try:
            await socket.connect(namespace, auth=auth)
        except socketio.exceptions.ConnectionError:
            await socket.stays_gone(namespace)
            return await socket.next("connect_error", namespace)
        raise AssertionError("connected although refused")

    async def auth_refused(self):
        for auth in ({"token": "wrong"}, None):
            refusal = await self.refusal("/admin", auth)
            equal(refusal, [{"message": "not authorized", "data": {"status": 401, "hint": "auth.token"}}])

    async def unknown_namespace(self):
        await self.refusal("/nowhere")

    async def unknown_namespace_message(self):
        equal(await self.refusal("/nowhere"), [{"message": "Invalid namespace"}])

    async def events(self):
        await (await self.connected()).echo_each(EVENTS)

    async def binary(self):
        await (await self.connected()).echo_each(BINARY)

    async def acks(self):
        await (await self.connected()).acknowledge_each()

    async def ack_timeout(self):
        socket = await self.connected()
        try:
            await socket.call("ignored", timeout=0.2)
        except TimeoutError:
            await socket.echo("after it")
        else:
            raise AssertionError("acknowledged")

    async def asked(self):
        socket = await self.connected()
        question = ["What?", {"file": BYTES}]

        async def answer(*args):
            return list(args), BYTES

        socket.answer = answer
        equal(await socket.call("ask-me", PATIENCE * 1000, *question), [{"answer": [question, BYTES]}])

    async def asked_timeout(self):
        socket = await self.connected()
        answered = asyncio.Event()

        async def answer():
            await asyncio.sleep(0.5)
            answered.set()
            return "too late"

        socket.answer = answer
        equal(await socket.call("ask-me", 200), [{"timeout": True}])
        await answered.wait()
        await socket.echo("after it")

    async def order(self):
        socket = await self.connected()
        await socket.echo_in_order([[n] if n % 3 else [n, BYTES[n:]] for n in range(200)])

    async def rooms(self):
        a, b, c = [await self.connected() for _ in range(3)]
        equal(await a.call("join", "kitchen"), [["kitchen"]])
        equal(await a.call("join", "hall"), [["hall", "kitchen"]])
        await b.call("join", "kitchen")
        await c.call("join", "hall")
        await a.call("to-all", 1)
        await a.call("to-all-but-me", 2)
        await c.call("to-room", "kitchen", 3)
        await a.call("to-room", "kitchen", 4)
        await a.call("to-room-but-me", "kitchen", 5)
        await c.call("to-room-except", "kitchen", "hall", 6)
        equal(await b.call("leave", "kitchen"), [[]])
        await a.call("to-room", "kitchen", 7)
        await a.call("to-room", "nobody's", 8)
        await b.call("to-room", "hall", BYTES)
        await a.call("to-all", "end")
        equal(await a.heard("said", "end"), [1, 3, 4, 7, BYTES, "end"])
        equal(await b.heard("said", "end"), [1, 2, 3, 4, 5, 6, "end"])
        equal(await c.heard("said", "end"), [1, 2, BYTES, "end"])

    async def namespaces(self):
        socket = await self.connected("/", "/chat")
        if socket.client.get_sid("/") == socket.client.get_sid("/chat"):
            raise AssertionError("both namespaces have the same id")
        for namespace in ("/", "/chat"):
            await socket.call("join", "kitchen", namespace=namespace)
        await socket.echo(1)
        await socket.echo(2, namespace="/chat")
        answers = [socket.call("echo-ack", 3), socket.call("echo-ack", 4, namespace="/chat")]
        equal(await asyncio.gather(*answers), [[3], [4]])
        await socket.call("to-room", "kitchen", 5)
        await socket.call("to-all", 6, namespace="/chat")
        await socket.call("to-all", "end")
        await socket.call("to-all", "end", namespace="/chat")
        equal(await socket.heard("said", "end"), [5, "end"])
        equal(await socket.heard("said", "end", "/chat"), [6, "end"])
        equal(socket.queue("echo", "/").qsize() + socket.queue("echo", "/chat").qsize(), 0)
        # The client has no call that disconnects one namespace.
        await socket.emit("disconnect-me", namespace="/chat")
        await socket.next("disconnect", "/chat")
        await socket.echo(7)

    async def volatile(self):
        socket = await self.connected()
        ticks = socket.queue("tick", "/")
        for _ in range(20):
            await socket.emit("volatile", 5)
            equal_arguments(await socket.next("tock"), [5])
            if not ticks.empty():
                break
        numbers = [ticks.get_nowait()[0] for _ in range(ticks.qsize())]
        if not numbers:
            raise AssertionError("no tick in 20 rounds")
        equal(numbers, [number for number in range(5) if number in numbers])

    async def client_disconnect(self):
        watcher, leaver = await self.connected(), await self.connected()
        await watcher.call("join", "watchers")
        leaver_id = leaver.client.get_sid("/")
        await leaver.client.disconnect()
        # Sockets of the scenario before may leave late.
        await watcher.heard("left", leaver_id)
        await leaver.stays_gone("/")

    async def server_disconnect(self):
        socket = await self.connected("/", "/chat")
        await socket.emit("disconnect-me", namespace="/chat")
        equal(await socket.next("disconnect", "/chat"), ["server disconnect"])
        await socket.stays_gone("/chat")
        await socket.echo("still here")
        await socket.client.disconnect()
        await socket.connect("/chat")
        await socket.echo("here again", namespace="/chat")

    async def polling(self):
        socket = await self.connected(transports=["polling"])
        await socket.echo_each(EVENTS)
        await socket.echo_each(BINARY)
        await socket.acknowledge_each()
        equal((await socket.who_am_i())["transport"], "polling")

    async def upgrade(self):
        socket = await self.connected(transports=["polling", "websocket"])
        await socket.echo_in_order([[n] if n % 3 else [n, BYTES[n:]] for n in range(50)], pause=0.001)
        equal((await socket.who_am_i())["transport"], "websocket")

    async def websocket(self):
        equal((await (await self.connected()).who_am_i())["transport"], "websocket")

    async def large(self):
        await (await self.connected()).echo(b"\x07" * (MAX_PAYLOAD * 9 // 10))

    async def large_polling(self):
        await (await self.connected(transports=["polling"])).echo(b"\x07" * (MAX_PAYLOAD * 7 // 10))

    async def too_large(self, transport="websocket"):
        socket = await self.connected(transports=[transport])
        await socket.emit("echo", bytes(MAX_PAYLOAD * 11 // 10))
        await socket.next("disconnect")
        await (await self.connected(transports=[transport])).echo("smaller")

    async def too_large_polling(self):
        await self.too_large("polling")

    async def heartbeat(self, transport="websocket"):
        socket = await self.connected(transports=[transport])
        socket_id = socket.client.get_sid("/")
        await asyncio.sleep(PING_INTERVAL_AND_TIMEOUT + 0.3)
        equal([socket.client.connected, socket.client.get_sid("/")], [True, socket_id])
        await socket.echo("still here")

    async def heartbeat_polling(self):
        await self.heartbeat("polling")

    async def silent_server(self):
        socket = await self.connected()
        ask("stop")
        try:
            await socket.next("disconnect")
        finally:
            ask("continue")
        await socket.next("connect")
        await socket.echo("here again")

    async def cut(self):
        socket = await self.connected()
        await socket.cut()
        await socket.next("disconnect")
        await socket.next("connect")
        await socket.echo("here again")

    async def reconnect(self):
        socket = await self.connected()
        socket_id = socket.client.get_sid("/")
        ask("kill")
        await socket.next("disconnect")
        await socket.next("connect")
        who = await socket.who_am_i()
        if who["id"] == socket_id:
            raise AssertionError("the id is that of before")
        equal(who["recovered"], False)
        await socket.echo("here again")


def ask(what):
    print(f"server: {what}", flush=True)


async def main():
    url, *names = sys.argv[1:]
    failed = False
    closing = []
    for name in names:
        scenarios = Scenarios(url)
        try:
            await asyncio.wait_for(getattr(scenarios, name.replace("-", "_"))(), SECONDS_PER_SCENARIO)
            print(f"ok {name}", flush=True)
        except Exception as error:
            failed = True
            print(f"FAILED {name}: {str(error) or type(error).__name__}", flush=True)
        closing += scenarios.close()
    return failed


sys.exit(asyncio.run(main()))
