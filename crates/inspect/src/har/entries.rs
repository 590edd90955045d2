use std::{
    fmt,
    io::{BufReader, Cursor, Read},
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use super::{
    held::MAX_HELD,
    log::{Entry, Header, Message},
};
use crate::{Failure, source::Source};

/// Some programs write this before the JSON.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The WebSocket connections in a HAR file.
#[derive(Debug, Default)]
pub(super) struct Entries {
    /// Their requests, responses and messages.
    pub(super) connections: Vec<Entry>,
    /// How many requests there were besides.
    pub(super) others: u64,
}

/// A HAR file that is read.
#[derive(Deserialize)]
struct File {
    log: Log,
}

/// What it holds, as far as it is read.
#[derive(Deserialize)]
struct Log {
    #[serde(default, deserialize_with = "or_default")]
    entries: Entries,
}

impl Entries {
    /// Reads a file.
    pub(super) fn read(source: Source) -> Result<Self, Failure> {
        let path = source.path().to_path_buf();
        let mut reader = BufReader::new(source.into_reader());
        let mut start = Vec::new();
        let result = reader.by_ref().take(BYTE_ORDER_MARK.len() as u64).read_to_end(&mut start);
        result.map_err(|error| Failure::File { path: path.clone(), error })?;
        if start == BYTE_ORDER_MARK {
            start.clear();
        }
        let file: Result<File, _> = serde_json::from_reader(Cursor::new(start).chain(reader));
        file.map(|file| file.log.entries).map_err(|error| Failure::Content {
            path,
            place: format!("line {}, column {}", error.line(), error.column()),
            problem: format!("it cannot be read as a HAR file: {error}"),
        })
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EntriesVisitor)
    }
}

/// Keeps the entries of WebSocket connections. The others, which may be most of a file, are dropped at
/// once.
struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of requests")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries, A::Error> {
        let mut entries = Entries::default();
        let mut len = 0;
        while let Some(entry) = list.next_element::<Entry>()? {
            if entry.is_websocket() {
                add(&mut len, entry.held_len(), MAX_HELD)?;
                entries.connections.push(entry);
            } else {
                entries.others = entries.others.saturating_add(1);
            }
        }
        Ok(entries)
    }
}

/// What takes memory while a file is explained.
pub(super) trait Item {
    /// Returns about how many bytes it takes.
    fn held_len(&self) -> usize;
}

impl Item for Message {
    fn held_len(&self) -> usize {
        size_of::<Self>().saturating_add(self.data.len())
    }
}

impl Item for Header {
    fn held_len(&self) -> usize {
        size_of::<Self>().saturating_add(self.name.len()).saturating_add(self.value.len())
    }
}

impl Item for Entry {
    fn held_len(&self) -> usize {
        let messages = self.messages.iter().flatten().map(Item::held_len);
        let headers = self.request.headers.iter().chain(&self.response.headers);
        let parts = messages.chain(headers.map(Item::held_len));
        parts.fold(size_of::<Self>(), usize::saturating_add)
    }
}

/// Counts what is held, and refuses more than `max`.
fn add<E: Error>(len: &mut usize, more: usize, max: usize) -> Result<(), E> {
    *len = len.saturating_add(more);
    if *len > max {
        return Err(E::custom("its WebSocket messages have more than 256 MiB"));
    }
    Ok(())
}

/// Reads a list of bounded length.
struct ListVisitor<T> {
    max: usize,
    item: PhantomData<T>,
}

impl<'de, T: Deserialize<'de> + Item> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let (mut items, mut len) = (Vec::new(), 0);
        while let Some(item) = list.next_element::<T>()? {
            add(&mut len, item.held_len(), self.max)?;
            items.push(item);
        }
        Ok(items)
    }
}

/// A list that is read in bounded length.
struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de> + Item> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor { max: MAX_HELD, item: PhantomData }).map(Self)
    }
}

/// Reads a list, or `null`.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Item,
{
    let list = Option::<List<T>>::deserialize(deserializer)?;
    Ok(list.map(|List(items)| items))
}

/// Reads a list, which is empty if it is `null`.
pub(super) fn list_or_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Item,
{
    list(deserializer).map(Option::unwrap_or_default)
}

/// Reads a value, which is the default if it is `null`: programs write it for what they do not know.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_limit() {
        let read = |count: usize| {
            let json = format!("[{}]", vec!["{\"data\":\"ab\"}"; count].join(","));
            let mut deserializer = serde_json::Deserializer::from_str(&json);
            let max = 10 * (size_of::<Message>() + 2);
            deserializer.deserialize_seq(ListVisitor::<Message> { max, item: PhantomData })
        };
        assert_eq!(read(10).unwrap().len(), 10);
        assert!(read(11).unwrap_err().to_string().contains("more than 256 MiB"));
    }
}
