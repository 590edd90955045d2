use std::fs;
use std::io;
use std::path::PathBuf;

/// A page in Markdown with parts that a program writes, between comments.
pub struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    pub fn read(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        Ok(Self { text: fs::read_to_string(&path)?, path })
    }

    /// Replaces the part of that name.
    pub fn replace(&mut self, name: &str, part: &str) -> io::Result<()> {
        let [begin, end] = ["begin", "end"].map(|word| format!("<!-- {word} {name} -->\n"));
        let (before, rest) = self.text.split_once(&begin).ok_or_else(|| self.lacks(&begin))?;
        let (_, after) = rest.split_once(&end).ok_or_else(|| self.lacks(&end))?;
        self.text = format!("{before}{begin}\n{}\n\n{end}{after}", part.trim());
        Ok(())
    }

    pub fn write(&self) -> io::Result<()> {
        fs::write(&self.path, &self.text)
    }

    fn lacks(&self, marker: &str) -> io::Error {
        io::Error::other(format!("{}: there is no {}", self.path.display(), marker.trim()))
    }
}
