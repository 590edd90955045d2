"""Takes batches of inputs on stdin and answers on stdout with what wsproto made of each.

All numbers are big-endian. A batch is a count (4 bytes) and as many inputs: role (1: client),
window bits (0: no compression), no context takeover (1 byte each), the count of reads (4), and each
read with its length (4). An answer is the count of what was received (4), each with its kind (1) and
length (4), and the end: kind, code (2) and reason with its length (4).
"""

import struct
import sys

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.extensions import PerMessageDeflate

TEXT, BINARY, PING, PONG = range(4)
OPEN, CLOSED, CLOSED_WITHOUT_CODE, FAILED = range(4)


def extensions(bits, no_context_takeover):
    if not bits:
        return []
    deflate = PerMessageDeflate(
        client_no_context_takeover=bool(no_context_takeover),
        client_max_window_bits=bits,
        server_no_context_takeover=bool(no_context_takeover),
        server_max_window_bits=bits,
    )
    deflate._enabled = True
    return [deflate]


def receive(is_client, bits, no_context_takeover, reads):
    kind = ConnectionType.CLIENT if is_client else ConnectionType.SERVER
    connection = Connection(kind, extensions(bits, no_context_takeover))
    received, message = [], []
    for read in reads:
        connection.receive_data(read)
        for event in connection.events():
            if isinstance(event, TextMessage):
                message.append(event.data.encode())
                if event.message_finished:
                    received.append((TEXT, b"".join(message)))
                    message = []
            elif isinstance(event, BytesMessage):
                message.append(bytes(event.data))
                if event.message_finished:
                    received.append((BINARY, b"".join(message)))
                    message = []
            elif isinstance(event, Ping):
                received.append((PING, bytes(event.payload)))
            elif isinstance(event, Pong):
                received.append((PONG, bytes(event.payload)))
            elif isinstance(event, CloseConnection):
                if connection.state is not ConnectionState.REMOTE_CLOSING:
                    return received, FAILED, event.code, b""
                if event.code == 1005:
                    return received, CLOSED_WITHOUT_CODE, 0, b""
                return received, CLOSED, event.code, (event.reason or "").encode()
    return received, OPEN, 0, b""


def main():
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def number(format):
        return struct.unpack(format, stdin.read(struct.calcsize(format)))

    while head := stdin.read(4):
        answers = []
        for _ in range(struct.unpack(">I", head)[0]):
            is_client, bits, no_context_takeover, count = number(">BBBI")
            reads = [stdin.read(number(">I")[0]) for _ in range(count)]
            received, end, code, reason = receive(is_client, bits, no_context_takeover, reads)
            answers.append(struct.pack(">I", len(received)))
            for kind, data in received:
                answers.append(struct.pack(">BI", kind, len(data)) + data)
            answers.append(struct.pack(">BHI", end, code, len(reason)) + reason)
        stdout.write(b"".join(answers))
        stdout.flush()


main()
