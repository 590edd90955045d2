//! Compressed messages are signs of life like others.

use core::time::Duration;

use sansocket::connection::{Connection, Watchdog, WatchdogAction};
use sansocket::{Limits, Timeouts, Timestamp, deflate};

use crate::agreement::{ROLES, endpoint};
use crate::blocks::Blocks;
use crate::endpoint::Endpoint;
use crate::wire::{self, BINARY, CONTINUATION, FIN, RSV1};

fn at(secs: u64) -> Timestamp {
    Timestamp::from(Duration::from_secs(secs))
}

fn poll(watchdog: &mut Watchdog, end: &mut Endpoint, secs: u64) -> WatchdogAction {
    let Connection { receiver, sender } = &mut end.connection;
    watchdog.poll(at(secs), receiver.liveness(), sender, &mut end.out)
}

#[test]
fn each_chunk_of_a_compressed_message_keeps_a_connection_from_being_idle() {
    let timeouts = Timeouts::default().ping_interval(None).idle(Some(Duration::from_secs(10)));
    let (front, back) = (Blocks::default().stored(b"front"), Blocks::default().stored(b"back"));
    for role in ROLES {
        let mut end = endpoint(role, &Limits::default(), &deflate::Config::default());
        let mut watchdog = Watchdog::new(timeouts);
        poll(&mut watchdog, &mut end, 0);
        end.receive(&wire::to(role, RSV1 | BINARY, &front.clone().bytes())).unwrap();
        assert_eq!(poll(&mut watchdog, &mut end, 9), WatchdogAction::WakeAt(at(19)));
        end.receive(&wire::to(role, FIN | CONTINUATION, &back.clone().message())).unwrap();
        assert_eq!(poll(&mut watchdog, &mut end, 18), WatchdogAction::WakeAt(at(28)));
    }
}
