//! A subscriber that records the log as lines of text.

use core::fmt::{Debug, Write as _};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Records spans and events up to a level.
#[derive(Clone)]
pub(crate) struct Recorder {
    max: Level,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    /// The fields of each span.
    spans: Vec<BTreeMap<&'static str, String>>,
    lines: Vec<String>,
}

#[derive(Default)]
struct Fields {
    fields: Vec<(&'static str, String)>,
    message: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Values that depend on the machine.
        let shown = match field.name() {
            "duration_ms" => "_".to_owned(),
            "proxy_port" => "_".to_owned(),
            "peer" | "host" => without_port(&format!("{value:?}")),
            _ => format!("{value:?}"),
        };
        match field.name() {
            "message" => self.message = shown,
            name => self.fields.push((name, shown)),
        }
    }
}

fn without_port(address: &str) -> String {
    match address.trim_matches('"').rsplit_once(':') {
        Some((host, _)) => format!("{host}:_"),
        None => address.to_owned(),
    }
}

impl Recorder {
    pub(crate) fn new(max: Level) -> Self {
        Self { max, kept: Arc::default() }
    }

    /// Records what `action` logs on this thread.
    pub(crate) fn record<T>(max: Level, action: impl FnOnce() -> T) -> (T, String) {
        let recorder = Self::new(max);
        let result = tracing::subscriber::with_default(recorder.clone(), action);
        (result, recorder.text())
    }

    /// All lines so far.
    pub(crate) fn text(&self) -> String {
        self.kept.lock().unwrap().lines.iter().flat_map(|line| [line, "\n"]).collect()
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.max && metadata.target() == "sansocket"
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        let kept = &mut *self.kept.lock().unwrap();
        kept.spans.push(fields.fields.into_iter().collect());
        Id::from_u64(kept.spans.len().try_into().unwrap())
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let at = usize::try_from(span.into_u64() - 1).unwrap();
        self.kept.lock().unwrap().spans[at].extend(fields.fields);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let kept = &mut *self.kept.lock().unwrap();
        let mut line = format!("{:5}", event.metadata().level());
        let span = event.parent().expect("every event is in a span");
        let span = &kept.spans[usize::try_from(span.into_u64() - 1).unwrap()];
        for (name, value) in span {
            write!(line, " {name}={value}").unwrap();
        }
        write!(line, ": {}", fields.message).unwrap();
        for (name, value) in fields.fields {
            write!(line, " {name}={value}").unwrap();
        }
        kept.lines.push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
