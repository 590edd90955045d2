use alloc::{collections::VecDeque, vec::Vec};
use core::net::SocketAddr;

/// RFC 8305 4: the families take turns, beginning with that of the first address.
pub(crate) fn by_turns(addresses: impl Iterator<Item = SocketAddr>) -> VecDeque<SocketAddr> {
    let mut addresses = addresses.peekable();
    let is_first_v6 = addresses.peek().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.partition(|address| address.is_ipv6() == is_first_v6);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut turns = VecDeque::new();
    loop {
        let (one, other) = (first.next(), second.next());
        if one.is_none() && other.is_none() {
            return turns;
        }
        turns.extend(one);
        turns.extend(other);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::net::SocketAddr;

    use super::by_turns;

    fn turns(addresses: &[&str]) -> Vec<SocketAddr> {
        by_turns(addresses.iter().map(|address| address.parse().unwrap())).into()
    }

    #[test]
    fn rfc_8305_4_the_families_take_turns_from_the_first_on() {
        let system = ["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1"];
        let expected = ["[::1]:1", "1.0.0.1:1", "[::2]:1", "[::3]:1"];
        assert_eq!(turns(&system), expected.map(|address| address.parse().unwrap()));
        let system = ["1.0.0.1:1", "1.0.0.2:1", "[::1]:1"];
        let expected = ["1.0.0.1:1", "[::1]:1", "1.0.0.2:1"];
        assert_eq!(turns(&system), expected.map(|address| address.parse().unwrap()));
        assert_eq!(turns(&[]), []);
    }
}
