use std::{collections::HashMap, net::SocketAddr};

use super::{
    flow::{Around, Ended, Flow},
    moment::Moment,
    printer::Printer,
    segment::Segment,
};
use crate::{Failure, har::Archive, view::View};

/// How many TCP connections are followed at once. With more, the one without a packet for the longest
/// time is given up, and one that is no WebSocket before one that is.
pub(crate) const MAX_FLOWS: usize = 1024;

/// How many connections the closing remarks name.
const MAX_NAMED: usize = 3;

/// All TCP connections of a capture.
#[derive(Debug)]
pub(super) struct Flows {
    flows: HashMap<[SocketAddr; 2], Flow>,
    view: View,
    port: Option<u16>,
    archive: Option<Archive>,
    /// How many WebSocket connections there were.
    connections: u64,
    others: u64,
    tls: Named,
    looks_like_frames: Named,
    given_up: u64,
}

/// Connections that a remark is about: how many, and the first ones.
#[derive(Debug, Default)]
struct Named {
    count: u64,
    first: Vec<[SocketAddr; 2]>,
}

impl Named {
    fn add(&mut self, ends: [SocketAddr; 2]) {
        self.count = self.count.saturating_add(1);
        if self.first.len() < MAX_NAMED {
            self.first.push(ends);
        }
    }

    fn list(&self) -> String {
        let names = self.first.iter().map(|[one, other]| format!("{one} > {other}"));
        let names = names.collect::<Vec<_>>().join(", ");
        let more = if self.count > self.first.len() as u64 { ", …" } else { "" };
        format!("{names}{more}")
    }
}

impl Flows {
    pub(super) fn new(view: View, port: Option<u16>, archive: Option<Archive>) -> Self {
        Self {
            flows: HashMap::new(),
            view,
            port,
            archive,
            connections: 0,
            others: 0,
            tls: Named::default(),
            looks_like_frames: Named::default(),
            given_up: 0,
        }
    }

    /// Takes a segment to its connection.
    pub(super) fn segment(
        &mut self,
        segment: &Segment<'_>,
        moment: Moment,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        let mut ends = [segment.source, segment.destination];
        ends.sort_unstable();
        let opens = segment.syn && segment.acknowledged.is_none();
        if opens && self.flows.get(&ends).is_some_and(Flow::is_over) {
            // The ports are used again.
            self.flows.remove(&ends);
        }
        if self.flows.get(&ends).is_some_and(|flow| flow.is_opened_anew_by(segment))
            && let Some(mut flow) = self.flows.remove(&ends)
        {
            self.finish_flow(&mut flow, "its ports are used again", moment, printer)?;
        }
        if !self.flows.contains_key(&ends) {
            if self.flows.len() >= MAX_FLOWS {
                self.give_up_one(moment, printer)?;
            }
            self.flows.insert(ends, Flow::new(segment));
        }
        let Some(flow) = self.flows.get_mut(&ends) else { return Ok(()) };
        let mut around = Around {
            printer,
            view: self.view,
            port: self.port,
            archive: self.archive.as_ref(),
            connections: &mut self.connections,
        };
        if let Some(ended) = flow.segment(segment, moment, &mut around)? {
            self.ended(ended);
        }
        Ok(())
    }

    /// Ends all connections, as the capture ends.
    pub(super) fn finish(&mut self, moment: Moment, printer: &mut Printer) -> Result<(), Failure> {
        let mut flows = std::mem::take(&mut self.flows).into_iter().collect::<Vec<_>>();
        flows.sort_unstable_by_key(|(_, flow)| flow.last_packet);
        for (_, mut flow) in flows {
            self.finish_flow(&mut flow, "the capture ends", moment, printer)?;
        }
        Ok(())
    }

    /// Prints what is to say about those that are no WebSocket connections.
    pub(super) fn remarks(&self, printer: &mut Printer) -> Result<(), Failure> {
        if self.tls.count > 0 {
            printer.note(&format!(
                "{} by TLS, and not explained ({}): write the keys with SSLKEYLOGFILE and decrypt with tshark, or look before TLS with the proxy",
                counted(self.tls.count, "connection is encrypted", "connections are encrypted"),
                self.tls.list()
            ))?;
        }
        if self.looks_like_frames.count > 0 {
            printer.note(&format!(
                "{} without a handshake in the capture ({}): --port N explains such connections, with the port of the server",
                counted(
                    self.looks_like_frames.count,
                    "connection looks like WebSocket",
                    "connections look like WebSocket"
                ),
                self.looks_like_frames.list()
            ))?;
        }
        if self.given_up > 0 {
            printer.note(&format!(
                "{} given up before the end, as {MAX_FLOWS} are followed at once",
                counted(self.given_up, "connection was", "connections were")
            ))?;
        }
        if self.connections == 0 {
            printer.note(&format!(
                "no WebSocket connection was found; other TCP connections: {}",
                self.others
            ))?;
        }
        Ok(())
    }

    /// How many WebSocket connections there were.
    pub(super) fn connections(&self) -> u64 {
        self.connections
    }

    pub(super) fn into_archive(self) -> Option<Archive> {
        self.archive
    }

    fn give_up_one(&mut self, moment: Moment, printer: &mut Printer) -> Result<(), Failure> {
        let oldest = self
            .flows
            .iter()
            .min_by_key(|(_, flow)| (!flow.is_over(), flow.is_websocket(), flow.last_packet));
        let Some(ends) = oldest.map(|(ends, _)| *ends) else { return Ok(()) };
        let Some(mut flow) = self.flows.remove(&ends) else { return Ok(()) };
        if flow.is_over() {
            return Ok(());
        }
        self.given_up = self.given_up.saturating_add(1);
        let why = "too many connections were open, and this one was given up";
        self.finish_flow(&mut flow, why, moment, printer)
    }

    fn finish_flow(
        &mut self,
        flow: &mut Flow,
        why: &str,
        moment: Moment,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        if flow.is_over() {
            return Ok(());
        }
        let mut around = Around {
            printer,
            view: self.view,
            port: self.port,
            archive: self.archive.as_ref(),
            connections: &mut self.connections,
        };
        let ended = flow.finish(why, moment, &mut around)?;
        self.ended(ended);
        Ok(())
    }

    fn ended(&mut self, ended: Ended) {
        match ended {
            Ended::WebSocket(recorder) => {
                if let (Some(archive), Some(recorder)) = (&mut self.archive, recorder) {
                    archive.add(*recorder);
                }
            }
            Ended::Tls(ends) => self.tls.add(ends),
            Ended::LooksLikeFrames(ends) => self.looks_like_frames.add(ends),
            Ended::Other => self.others = self.others.saturating_add(1),
        }
    }
}

fn counted(count: u64, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}
