"""python-socketio as a server that keeps the contract of README.md, except the scenarios listed there."""

import argparse
import asyncio
import socket

import engineio
import socketio
import uvicorn

NAMESPACES = ["/", "/chat", "/admin"]
# Its default of 16 packets is less than other clients send.
engineio.payload.Payload.max_decode_packets = 1000


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--ping-interval", type=int, default=25000)
    parser.add_argument("--ping-timeout", type=int, default=20000)
    parser.add_argument("--max-payload", type=int, default=1000000)
    parser.add_argument("--origin")
    return parser.parse_args()


class Namespace(socketio.AsyncNamespace):
    """Methods are event handlers, with `_` in place of `-`. They return the acknowledgement."""

    async def trigger_event(self, event, *args):
        if not hasattr(self, f"on_{event.replace('-', '_')}"):
            return self.server.not_handled
        return await super().trigger_event(event.replace("-", "_"), *args)

    async def on_connect(self, sid, environ, auth):
        if self.namespace == "/admin" and (auth or {}).get("token") != "sesame":
            refusal = {"status": 401, "hint": "auth.token"}
            raise socketio.exceptions.ConnectionRefusedError("not authorized", refusal)

    async def on_disconnect(self, sid, reason):
        await self.emit("left", sid, room="watchers")

    async def on_echo(self, sid, *args):
        await self.emit("echo", args, to=sid)

    async def on_echo_ack(self, sid, *args):
        return args

    async def on_who_am_i(self, sid):
        transport = self.server.transport(sid, self.namespace)
        return {"id": sid, "transport": transport, "recovered": False}

    def other_rooms(self, sid):
        return sorted(room for room in self.rooms(sid) if room != sid)

    async def on_join(self, sid, room):
        await self.enter_room(sid, room)
        return self.other_rooms(sid)

    async def on_leave(self, sid, room):
        await self.leave_room(sid, room)
        return self.other_rooms(sid)

    async def on_to_all(self, sid, *args):
        await self.emit("said", args)

    async def on_to_all_but_me(self, sid, *args):
        await self.emit("said", args, skip_sid=sid)

    async def on_to_room(self, sid, room, *args):
        await self.emit("said", args, room=room)

    async def on_to_room_but_me(self, sid, room, *args):
        await self.emit("said", args, room=room, skip_sid=sid)

    async def on_to_room_except(self, sid, room, excepted, *args):
        members = self.server.manager.get_participants(self.namespace, excepted)
        await self.emit("said", args, room=room, skip_sid=[member for member, _ in members])

    async def on_volatile(self, sid, count):
        for number in range(count):
            await self.emit("tick", number, to=sid)
        await self.emit("tock", count, to=sid)

    async def on_ask_me(self, sid, milliseconds, *args):
        try:
            answer = await self.call("question", args, to=sid, timeout=milliseconds / 1000)
        except socketio.exceptions.TimeoutError:
            return {"timeout": True}
        # `call` gives one argument as it is, and several as a tuple.
        return {"answer": list(answer) if isinstance(answer, tuple) else [answer]}

    async def on_disconnect_me(self, sid):
        await self.disconnect(sid)


async def health(scope, receive, send):
    """The one route beside Socket.IO; the answer to all others is 404."""
    if scope["type"] != "http":
        return
    is_health = (scope["method"], scope["path"]) == ("GET", "/health")
    await send({"type": "http.response.start", "status": 200 if is_health else 404, "headers": []})
    await send({"type": "http.response.body", "body": b"ok" if is_health else b""})


async def main():
    arguments = parse_arguments()
    server = socketio.AsyncServer(
        async_mode="asgi",
        ping_interval=arguments.ping_interval / 1000,
        ping_timeout=arguments.ping_timeout / 1000,
        max_http_buffer_size=arguments.max_payload,
        cors_allowed_origins=arguments.origin,
    )
    for name in NAMESPACES:
        server.register_namespace(Namespace(name))
    host, port = arguments.listen.split(":")
    listener = socket.create_server((host, int(port)))
    print("listening on http://{}:{}".format(*listener.getsockname()), flush=True)
    app = socketio.ASGIApp(server, other_asgi_app=health)
    config = uvicorn.Config(app, log_level="warning", ws="websockets-sansio", lifespan="off")
    await uvicorn.Server(config).serve(sockets=[listener])


asyncio.run(main())
