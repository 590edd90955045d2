use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::Failure;

/// A file that is read from its start to its end, or standard input.
pub(crate) struct Source {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    len: Option<u64>,
}

impl Source {
    /// Opens a file. Without a path, or with `-`, it is standard input.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            let path = PathBuf::from("standard input");
            return Ok(Self { path, reader: Box::new(io::stdin()), len: None });
        };
        let failure = |error| Failure::File { path: path.into(), error };
        let file = File::open(path).map_err(failure)?;
        let about = file.metadata().map_err(failure)?;
        if about.is_dir() {
            return Err(failure(io::ErrorKind::IsADirectory.into()));
        }
        let len = about.is_file().then_some(about.len());
        Ok(Self { path: path.into(), reader: Box::new(file), len })
    }

    /// Its path, for errors.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its length, if it is a file.
    pub(crate) fn len(&self) -> Option<u64> {
        self.len
    }

    /// Takes what reads it.
    pub(crate) fn into_reader(self) -> Box<dyn Read + Send> {
        self.reader
    }

    /// Reads what is there next: nothing at its end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            match self.reader.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => {
                    let failure = |error| Failure::File { path: self.path.clone(), error };
                    return result.map_err(failure);
                }
            }
        }
    }

    /// Makes the failure for what the file holds.
    pub(crate) fn failure(&self, place: String, problem: String) -> Failure {
        Failure::Content { path: self.path.clone(), place, problem }
    }
}
