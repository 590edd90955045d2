use std::{
    collections::HashMap,
    sync::mpsc::{Receiver, TryRecvError},
    time::SystemTime,
};

use sansocket::Role;
use sansocket_explain::{Explainer, Options, role_name};

use super::{
    event::{Event, What},
    pcapng_file::PcapngFile,
};
use crate::{
    Failure,
    report::{Origin, Outcome, Report},
    view::View,
};

/// Explains what passes through.
#[derive(Debug)]
pub(super) struct Narrator {
    view: View,
    report: Report,
    file: Option<PcapngFile>,
    explainers: HashMap<u64, Explainer>,
    /// The time of the first event.
    start: Option<SystemTime>,
}

impl Narrator {
    pub(super) fn new(view: View, file: Option<PcapngFile>) -> Result<Self, Failure> {
        let report = Report::new(view.format)?;
        Ok(Self { view, report, file, explainers: HashMap::new(), start: None })
    }

    /// Explains events until none can come.
    pub(super) fn run(&mut self, events: &Receiver<Event>) -> Result<(), Failure> {
        loop {
            let event = match events.try_recv() {
                Ok(event) => event,
                Err(TryRecvError::Disconnected) => return Ok(()),
                Err(TryRecvError::Empty) => {
                    // Who watches sees it now.
                    self.flush()?;
                    match events.recv() {
                        Ok(event) => event,
                        Err(_) => return Ok(()),
                    }
                }
            };
            self.event(&event)?;
        }
    }

    pub(super) fn finish(mut self) -> Result<Outcome, Failure> {
        self.flush()?;
        self.report.finish()
    }

    fn flush(&mut self) -> Result<(), Failure> {
        self.report.flush()?;
        self.file.as_mut().map_or(Ok(()), PcapngFile::flush)
    }

    fn event(&mut self, event: &Event) -> Result<(), Failure> {
        if let Some(file) = &mut self.file {
            file.event(event)?;
        }
        let start = *self.start.get_or_insert(event.at);
        let seconds = event.at.duration_since(start).unwrap_or_default().as_secs_f64();
        let origin = Origin { connection: event.connection, seconds, packet: None };
        match &event.what {
            What::Opened { client, server } => {
                let explainer = Explainer::new(&self.view.set(Options::handshake()));
                self.explainers.insert(event.connection, explainer);
                let what = format!("client {client}, server {server}");
                self.report.heading(event.connection, &what)
            }
            What::Refused { client, problem } => {
                self.report.heading(event.connection, &format!("client {client}"))?;
                self.report.note(Some(&origin), problem)
            }
            What::Bytes { sender, bytes } => self.bytes(&origin, *sender, bytes),
            What::Ended { sender } => self.end(&origin, *sender),
            What::Broken { end, problem } => {
                let name = role_name(*end);
                self.report.note(Some(&origin), &format!("the {name} is gone: {problem}"))?;
                self.end(&origin, *end)
            }
            What::Over => {
                self.explainers.remove(&event.connection);
                Ok(())
            }
        }
    }

    fn bytes(&mut self, origin: &Origin, sender: Role, mut bytes: &[u8]) -> Result<(), Failure> {
        let Some(explainer) = self.explainers.get_mut(&origin.connection) else { return Ok(()) };
        while let Some(element) = explainer.explain(sender, &mut bytes) {
            self.report.element(Some(origin), &element)?;
        }
        Ok(())
    }

    fn end(&mut self, origin: &Origin, sender: Role) -> Result<(), Failure> {
        let Some(explainer) = self.explainers.get_mut(&origin.connection) else { return Ok(()) };
        while let Some(element) = explainer.end(sender) {
            self.report.element(Some(origin), &element)?;
        }
        Ok(())
    }
}
