use sansocket::blocking::{Connector, WebSocket};
use serde_json::{Value, json};

use crate::program::Program;

/// A page, as far as the program can tell.
#[derive(Debug)]
pub(crate) struct Page {
    socket: WebSocket<std::net::TcpStream>,
}

impl Page {
    pub(crate) fn open(program: &Program) -> Self {
        let address = program.address.to_string();
        let connector = Connector::new().origin(format!("http://{address}"));
        let (socket, _) = connector.connect_over(program.connect(), &address, "/session").unwrap();
        let mut page = Self { socket };
        let welcome = page.event("welcome");
        assert!(welcome["gallery"].as_array().unwrap().len() >= 20);
        let clauses = welcome["clauses"].as_array().unwrap();
        for picture in welcome["gallery"].as_array().unwrap() {
            let rule = clauses.iter().find(|clause| clause[0] == picture["clause"]);
            assert!(rule.is_some(), "{picture}");
        }
        page
    }

    pub(crate) fn tell(&mut self, command: &Value) {
        self.socket.send(command.to_string()).unwrap();
    }

    /// Returns the next event of this name.
    pub(crate) fn event(&mut self, name: &str) -> Value {
        loop {
            let event = self.next();
            if event["event"] == name {
                return event;
            }
            assert_ne!(event["event"], "failed", "{event}");
        }
    }

    /// Returns the next element that this end has sent.
    pub(crate) fn crossed(&mut self, sender: &str) -> Value {
        loop {
            let event = self.event("crossed");
            if event["sender"] == sender {
                return event;
            }
        }
    }

    pub(crate) fn connect(&mut self, address: Option<&str>, deflate: bool) -> Value {
        let deflate = deflate.then(|| {
            json!({
                "client_window_bits": 15, "server_window_bits": 10,
                "client_keeps_window": true, "server_keeps_window": false,
            })
        });
        self.tell(
            &json!({ "do": "connect", "address": address, "deflate": deflate, "answers": true }),
        );
        self.event("opened")
    }

    /// Returns the next frame that this end has sent.
    pub(crate) fn frame(&mut self, sender: &str) -> Value {
        loop {
            let event = self.crossed(sender);
            if event["element"]["root"]["field"] == "frame" {
                return event["element"].clone();
            }
        }
    }

    /// Returns the text of the next failure.
    pub(crate) fn failure(&mut self) -> String {
        loop {
            let event = self.next();
            if event["event"] == "failed" {
                return event["text"].as_str().unwrap().into();
            }
        }
    }

    /// Waits until both ends have closed TCP.
    pub(crate) fn closed(&mut self) {
        loop {
            let event = self.next();
            let is_closed = |end: &str| event[end] == "tcp_closed";
            if event["event"] == "ends" && is_closed("client") && is_closed("server") {
                return;
            }
        }
    }

    fn next(&mut self) -> Value {
        let message = self.socket.recv().unwrap().unwrap();
        serde_json::from_slice(message.as_bytes()).unwrap()
    }

    pub(crate) fn compose(&mut self, other: Value) -> Value {
        let mut composition = json!({
            "kind": "text", "payload": "Hello", "code": null, "fragments": 1,
            "is_compressed": false, "mask": "fixed", "key": "37 fa 21 3d", "rsv": 0,
            "length": "shortest",
        });
        for (name, value) in other.as_object().unwrap() {
            composition[name] = value.clone();
        }
        self.tell(&json!({ "do": "compose", "number": 1, "composition": composition }));
        self.event("explained")
    }

    pub(crate) fn send(&mut self, bytes: &Value) {
        self.send_as("client", bytes);
    }

    /// Sends bytes, or makes the built-in peer send them.
    pub(crate) fn send_as(&mut self, sender: &str, bytes: &Value) {
        self.tell(&json!({ "do": "send", "sender": sender, "bytes": bytes }));
    }
}
