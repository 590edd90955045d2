use crate::protocol::Name;

/// The names of the keys in Redis. Those of a shard have the same hash tag, so that they are on one
/// server of a Redis Cluster, as a script needs.
pub(super) fn epoch(shard: usize) -> String {
    format!("scale_out:{{{shard}}}:epoch")
}

pub(super) fn feed(shard: usize) -> String {
    format!("scale_out:{{{shard}}}:feed")
}

pub(super) fn numbers(shard: usize) -> String {
    format!("scale_out:{{{shard}}}:numbers")
}

pub(super) fn room(shard: usize, room: &Name) -> String {
    format!("scale_out:{{{shard}}}:room:{room}")
}

/// No name contains a line feed, so two pairs of names never share a key.
pub(super) fn publisher(shard: usize, room: &Name, publisher: &Name) -> String {
    format!("scale_out:{{{shard}}}:publisher:{room}\n{publisher}")
}

pub(super) fn present(shard: usize, room: &Name) -> String {
    format!("scale_out:{{{shard}}}:present:{room}")
}
