"""An echo client with the Python package websockets: websockets_client.py URL"""

import sys

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

try:
    with connect(sys.argv[1], max_size=32 << 20, proxy=None) as socket:
        for message in socket:
            socket.send(message)
except (WebSocketException, OSError):
    pass
