use sansocket_explain::Element;

use super::moment::Moment;
use crate::{
    Failure,
    report::{Origin, Report},
    selection::Selection,
};

/// Prints what was asked for: one connection or all, in full or in summary.
#[derive(Debug)]
pub(super) struct Printer {
    report: Report,
    selection: Selection,
    is_summary: bool,
    /// The time of the first packet.
    start: Option<i128>,
}

impl Printer {
    pub(super) fn new(report: Report, selection: Selection, is_summary: bool) -> Self {
        Self { report, selection, is_summary, start: None }
    }

    /// Returns when a packet came, as seconds since the first one.
    pub(super) fn moment(&mut self, packet: u64, nanoseconds: i128) -> Moment {
        let start = *self.start.get_or_insert(nanoseconds);
        Moment { packet, since_first: nanoseconds.saturating_sub(start), nanoseconds }
    }

    pub(super) fn heading(&mut self, connection: u64, what: &str) -> Result<(), Failure> {
        if self.is_summary || !self.includes(connection) {
            return Ok(());
        }
        self.report.heading(connection, what)
    }

    pub(super) fn element(
        &mut self,
        connection: u64,
        moment: Moment,
        element: &Element,
    ) -> Result<(), Failure> {
        if !self.includes(connection) {
            return Ok(());
        }
        if self.is_summary {
            self.report.count(element);
            return Ok(());
        }
        self.report.element(Some(&origin(connection, moment)), element)
    }

    /// Prints a remark about a connection.
    pub(super) fn remark(
        &mut self,
        connection: u64,
        moment: Moment,
        remark: &str,
    ) -> Result<(), Failure> {
        if self.is_summary || !self.includes(connection) {
            return Ok(());
        }
        self.report.note(Some(&origin(connection, moment)), remark)
    }

    /// Prints a remark about the capture.
    pub(super) fn note(&mut self, note: &str) -> Result<(), Failure> {
        self.report.note(None, note)
    }

    /// Prints the line of a connection, if lines were asked for.
    pub(super) fn row(
        &mut self,
        connection: u64,
        line: &str,
        json: &serde_json::Value,
    ) -> Result<(), Failure> {
        if self.is_summary && self.includes(connection) {
            self.report.row(line, json)?;
        }
        Ok(())
    }

    /// Returns whether a connection was asked for.
    pub(super) fn includes(&self, connection: u64) -> bool {
        self.selection.includes(connection)
    }

    pub(super) fn into_report(self) -> Report {
        self.report
    }
}

fn origin(connection: u64, moment: Moment) -> Origin {
    Origin { connection, seconds: moment.seconds(), packet: Some(moment.packet) }
}
