use crate::protocol::Name;

/// Returns the shard of a room, below `shards`. All nodes must have the same number of shards.
///
/// # Panics
///
/// If `shards` is 0.
#[must_use]
pub fn shard_of(room: &Name, shards: usize) -> usize {
    // FNV-1a: the standard library's hash may change with its version, and nodes must agree.
    let hash = room.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // Similar names differ in few of its bits: these two lines, of MurmurHash3, spread them.
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    usize::try_from(mixed >> 33).unwrap_or_default() % shards
}

#[cfg(test)]
mod tests {
    use super::shard_of;

    #[test]
    fn rooms_are_spread_over_the_shards() {
        let mut counts = [0; 4];
        for number in 0..4_000 {
            counts[shard_of(&format!("room {number}").parse().unwrap(), 4)] += 1;
        }
        assert!(counts.iter().all(|count| (900..=1_100).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_room_stays_in_its_shard_from_version_to_version() {
        assert_eq!(shard_of(&"lobby".parse().unwrap(), 1_000), 446);
    }
}
