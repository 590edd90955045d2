"""An echo server with the Python package websockets, on threads: websockets_threads_server.py PORT"""

import sys

from websockets.sync.server import serve


def echo(socket):
    for message in socket:
        socket.send(message)


with serve(echo, "127.0.0.1", int(sys.argv[1]), max_size=32 << 20) as server:
    server.serve_forever()
