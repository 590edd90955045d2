use std::{
    fs,
    io::{BufWriter, Write as _},
    path::PathBuf,
};

use super::{
    log::{Creator, File, Log},
    recorder::{MAX_HELD, Recorder, too_much},
};
use crate::Failure;

/// A HAR file that is written, as Chromium's tools open it.
#[derive(Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    file: fs::File,
    har: File,
    /// The bytes of all messages.
    held: usize,
}

impl Archive {
    /// Creates the file, so that it is known early whether that is possible.
    pub(crate) fn create(path: PathBuf) -> Result<Self, Failure> {
        let file =
            fs::File::create(&path).map_err(|error| Failure::File { path: path.clone(), error })?;
        let creator = Creator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
        let log = Log { version: "1.2", creator, entries: Vec::new() };
        Ok(Self { path, file, har: File { log }, held: 0 })
    }

    /// Adds a connection that has ended.
    pub(crate) fn add(&mut self, recorder: Recorder) -> Result<(), Failure> {
        self.held = self.held.saturating_add(recorder.held());
        if self.held > MAX_HELD {
            return Err(too_much());
        }
        self.har.log.entries.push(recorder.into_entry());
        Ok(())
    }

    pub(crate) fn write(self) -> Result<(), Failure> {
        let mut file = BufWriter::new(self.file);
        let result = serde_json::to_writer_pretty(&mut file, &self.har).map_err(Into::into);
        let result = result.and_then(|()| file.flush());
        result.map_err(|error| Failure::File { path: self.path, error })
    }
}
