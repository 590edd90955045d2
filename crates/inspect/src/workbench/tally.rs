use sansocket_explain::{Element, Field};
use serde::Serialize;

/// The compressed messages of an end: how long they were on the wire, and inflated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    messages: u64,
    wire: u64,
    inflated: u64,
    /// The payload so far of a message that is not complete.
    #[serde(skip)]
    unfinished: u64,
    #[serde(skip)]
    is_compressed: bool,
}

impl Tally {
    pub(super) fn element(&mut self, element: &Element) {
        let root = &element.root;
        let value = |field| root.find(field).map_or("", |span| &*span.value);
        match value(Field::Opcode) {
            "1" | "2" => {
                self.is_compressed = value(Field::Rsv1) == "1";
                self.unfinished = 0;
            }
            "0" => {}
            _ => return,
        }
        let len = |field| {
            let range = root.find(field).map(|span| span.place.range());
            range.map_or(0, |range| range.end.saturating_sub(range.start))
        };
        self.unfinished = self.unfinished.saturating_add(len(Field::Payload));
        let is_inflated = root.find(Field::Window).is_some();
        if self.is_compressed && is_inflated {
            self.messages = self.messages.saturating_add(1);
            self.wire = self.wire.saturating_add(self.unfinished);
            self.inflated = self.inflated.saturating_add(len(Field::Message));
        }
    }
}
