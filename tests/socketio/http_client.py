"""Engine.IO by hand, as the contract in README.md has it: http_client.py URL SCENARIO..."""

import base64
import http.client
import json
import os
import sys
import time
import urllib.parse

# How long the server may take to answer, in seconds.
PATIENCE = 8
# As run.py configures the server.
OPEN = {"upgrades": ["websocket"], "pingInterval": 1000, "pingTimeout": 2000, "maxPayload": 1_000_000}
SEPARATOR = "\x1e"
HANDSHAKE = {"EIO": "4", "transport": "polling"}
REFUSALS = [
    ("GET", {"EIO": "3", "transport": "polling"}, 5, "Unsupported protocol version"),
    ("GET", {"EIO": "4", "transport": "pigeon"}, 0, "Transport unknown"),
    ("GET", {**HANDSHAKE, "sid": "nobody"}, 1, "Session ID unknown"),
    ("POST", HANDSHAKE, 2, "Bad handshake method"),
]
FOREIGN = "http://foreign.example"


def equal(got, wanted):
    if got != wanted:
        raise AssertionError(f"got {got!r}, wanted {wanted!r}")


class Server:
    def __init__(self, url):
        self.address = urllib.parse.urlsplit(url).netloc

    def request(self, method, target, body=None, headers=None):
        """Returns the response and its body."""
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return response, response.read().decode()
        finally:
            connection.close()

    def engine(self, method, query, body=None, headers=None):
        return self.request(method, "/socket.io/?" + urllib.parse.urlencode(query), body, headers)


class Session:
    """A session by polling, connected to the namespace `/`."""

    def __init__(self, server):
        self.server = server
        self.until = time.monotonic() + PATIENCE
        response, body = server.engine("GET", HANDSHAKE)
        equal([response.status, body[:1]], [200, "0"])
        self.open = json.loads(body[1:])
        self.query = {**HANDSHAKE, "sid": self.open["sid"]}
        self.send("40")
        equal(self.poll()[0][:3], "40{")

    def send(self, *packets):
        response, body = self.server.engine(
            "POST", self.query, SEPARATOR.join(packets).encode(), {"Content-Type": "text/plain;charset=UTF-8"}
        )
        equal([response.status, body.lower()], [200, "ok"])

    def poll(self):
        """Returns the packets of the next response, none if the session has ended."""
        if time.monotonic() > self.until:
            raise AssertionError(f"the session is open, and nothing else has happened in {PATIENCE} s")
        response, body = self.server.engine("GET", self.query)
        if response.status == 400:
            return []
        equal(response.status, 200)
        packets = body.split(SEPARATOR)
        return [] if "1" in packets else packets

    def messages(self, last):
        """Returns the messages up to the first one that begins with `last`, and answers pings."""
        messages = []
        while not messages or not messages[-1].startswith(last):
            packets = self.poll()
            if not packets:
                raise AssertionError(f"the session has ended, after {messages}")
            if "2" in packets:
                self.send("3")
            messages += [packet for packet in packets if packet[0] in "4b"]
        return messages

    def ends(self, answers_pings):
        while packets := self.poll():
            if answers_pings and "2" in packets:
                self.send("3")


def event(message):
    """Returns the array of name and arguments in a message."""
    return json.loads(message[message.index("[") :])


def health(server):
    response, body = server.request("GET", "/health")
    equal([response.status, body], [200, "ok"])


def open_packet(server):
    packet = Session(server).open
    sid = packet.pop("sid")
    equal(packet, OPEN)
    if not isinstance(sid, str) or len(sid) < 16:
        raise AssertionError(f"anyone can guess the sid {sid!r}")


def payload(server):
    session = Session(server)
    binary = "b" + base64.b64encode(bytes(range(256))).decode()
    session.send(
        '42["echo","é\\u001e"]',
        '4217["echo-ack",[],null]',
        '451-["echo",{"_placeholder":true,"num":0}]',
        binary,
        '42["echo","last"]',
    )
    texts, attachments, acknowledgements = [], [], []
    while "last" not in texts:
        for message in session.messages("4"):
            if message.startswith("b"):
                attachments.append(message)
            elif message.startswith("43"):
                acknowledgements.append(message)
            else:
                texts.append(event(message)[1])
    equal(texts, ["é\x1e", {"_placeholder": True, "num": 0}, "last"])
    equal([attachments, acknowledgements], [[binary], ["4317[[],null]"]])


def old_client(server):
    method, query, *_ = REFUSALS[0]
    equal(server.engine(method, query)[0].status, 400)


def bad_requests(server):
    for method, query, *_ in REFUSALS[1:]:
        equal(server.engine(method, query)[0].status, 400)


def error_codes(server):
    for method, query, code, message in REFUSALS:
        _, body = server.engine(method, query)
        equal(json.loads(body), {"code": code, "message": message})


def malformed_packet(server):
    session = Session(server)
    session.send('42["unfinished')
    session.ends(answers_pings=True)


def volatile_dropped(server):
    session = Session(server)
    session.send('42["volatile",3]')
    # No request is waiting meanwhile.
    time.sleep(0.3)
    equal([event(message)[0] for message in session.messages('42["tock"')], ["tock"])


def silent_client(server):
    Session(server).ends(answers_pings=False)


def allowed(response):
    """Returns the headers of CORS for origin and credentials."""
    return [response.getheader(f"Access-Control-Allow-{name}") for name in ("Origin", "Credentials")]


def preflight(server, origin):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    return server.engine("OPTIONS", HANDSHAKE, headers=headers)[0]


def cors_preflight(server):
    origin = os.environ["ORIGIN"]
    response = preflight(server, origin)
    equal([response.status // 100, *allowed(response)], [2, origin, "true"])
    for name, value in [("Methods", "post"), ("Headers", "content-type")]:
        listed = response.getheader(f"Access-Control-Allow-{name}", "").lower()
        if value not in listed:
            raise AssertionError(f"{name}: {value} is not in {listed!r}")


def cors_response(server):
    origin = os.environ["ORIGIN"]
    response, _ = server.engine("GET", HANDSHAKE, headers={"Origin": origin})
    equal([response.status, *allowed(response)], [200, origin, "true"])


def cors_foreign(server):
    for response in [preflight(server, FOREIGN), server.engine("GET", HANDSHAKE, headers={"Origin": FOREIGN})[0]]:
        if allowed(response)[0] in (FOREIGN, "*"):
            raise AssertionError(f"allows the origin {allowed(response)[0]}")


SCENARIOS = {
    "health": health,
    "open-packet": open_packet,
    "payload": payload,
    "old-client": old_client,
    "bad-requests": bad_requests,
    "error-codes": error_codes,
    "malformed-packet": malformed_packet,
    "volatile-dropped": volatile_dropped,
    "silent-client": silent_client,
    "cors-preflight": cors_preflight,
    "cors-response": cors_response,
    "cors-foreign": cors_foreign,
}


def main():
    url, *names = sys.argv[1:]
    failed = False
    for name in names:
        try:
            SCENARIOS[name](Server(url))
            print(f"ok {name}", flush=True)
        except Exception as error:
            failed = True
            print(f"FAILED {name}: {type(error).__name__}: {error}", flush=True)
    return failed


sys.exit(main())
