//! Both roles together.

use std::time::Duration;

use proptest::{collection::vec, prelude::any, proptest};
use sansocket_socketio::{
    Arguments, Binary,
    packet::ConnectError,
    session::{DisconnectReason, client, server},
    value::Object,
};

use crate::{
    drive::{POLLING, WS, admin, arguments, main},
    pair::Pair,
};

const MINUTE: Duration = Duration::from_secs(60);

/// A pair with the main namespace connected.
fn connected(transport: sansocket_socketio::engine_io::Transport) -> Pair {
    let mut pair = Pair::new(transport);
    pair.client.connect(main(), Object::default());
    pair.run();
    assert!(pair.client.is_connected(&main()));
    pair.client_events.clear();
    pair.server_events.clear();
    pair
}

fn upgraded() -> Pair {
    let mut pair = connected(POLLING);
    pair.upgrade();
    pair.run();
    assert_eq!(pair.client.transport(), Some(WS));
    assert_eq!(pair.server().transport(), WS);
    pair
}

fn each() -> [Pair; 3] {
    [connected(WS), connected(POLLING), upgraded()]
}

#[test]
fn an_idle_connection_lives_by_its_heartbeat() {
    for mut pair in each() {
        pair.sleep(60 * MINUTE);
        assert_eq!(pair.client_events, []);
        assert_eq!(pair.server_events, []);
        assert!(pair.client.is_connected(&main()));
    }
}

#[test]
fn events_and_acknowledgements_go_both_ways() {
    for mut pair in each() {
        let now = pair.now;
        let data = (Binary::from(vec![1, 2, 3]), "text");
        let id =
            pair.client.emit_with_ack(&main(), "question", arguments(&data), MINUTE, now).unwrap();
        pair.run();
        let server::Event::Event { ack: Some(ack), arguments: received, .. } =
            pair.server_events.remove(0)
        else {
            panic!("an event")
        };
        assert_eq!(received, arguments(&data));
        pair.server().acknowledge(&main(), ack, received).unwrap();
        let asked = pair.server().emit_with_ack(&main(), "and you?", arguments(()), MINUTE, now);
        pair.run();
        let client::Event::Acknowledged { id: acknowledged, arguments: answer, .. } =
            pair.client_events.remove(0)
        else {
            panic!("an acknowledgement")
        };
        assert_eq!((acknowledged, answer), (id, arguments(&data)));
        let client::Event::Event { ack: Some(ack), .. } = pair.client_events.remove(0) else {
            panic!("an event")
        };
        pair.client.acknowledge(&main(), ack, arguments("fine")).unwrap();
        pair.run();
        assert_eq!(
            pair.server_events,
            [server::Event::Acknowledged {
                namespace: main(),
                id: asked.unwrap(),
                arguments: arguments("fine")
            }]
        );
    }
}

#[test]
fn an_unknown_namespace_is_refused_and_the_others_stay() {
    for mut pair in each() {
        let random: sansocket_socketio::Namespace = "/random".parse().unwrap();
        pair.client.connect(random.clone(), Object::default());
        pair.run();
        let error = ConnectError::new("Invalid namespace");
        assert_eq!(pair.client_events, [client::Event::ConnectError { namespace: random, error }]);
        pair.sleep(MINUTE);
        assert!(pair.client.is_connected(&main()));
    }
}

#[test]
fn a_client_that_leaves_all_namespaces_is_gone_at_once() {
    for mut pair in each() {
        pair.client.connect(admin(), Object::default());
        pair.run();
        pair.client.disconnect(&main());
        pair.run();
        assert!(pair.client.is_connected(&admin()));
        pair.client.disconnect(&admin());
        pair.run();
        let reasons: Vec<_> = pair
            .server_events
            .iter()
            .filter_map(|event| match event {
                server::Event::Disconnected { reason, .. } => Some(reason.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(reasons, [DisconnectReason::Client, DisconnectReason::Client]);
        assert!(pair.server().is_ended());
        pair.sleep(60 * MINUTE);
        assert!(!pair.client.wants_transport());
    }
}

#[test]
fn a_client_that_the_server_disconnects_does_not_come_back() {
    for mut pair in each() {
        let now = pair.now;
        pair.server().disconnect(&main(), now).unwrap();
        pair.sleep(60 * MINUTE);
        assert!(!pair.client.wants_transport());
        assert!(pair.server().is_ended());
    }
}

#[test]
fn a_server_that_closes_delivers_all_and_the_client_comes_back() {
    for mut pair in each() {
        let now = pair.now;
        for index in 0..3 {
            pair.server().emit(&main(), "last", arguments(index)).unwrap();
        }
        pair.server().close(now);
        pair.run();
        assert_eq!(indices(&pair.client_events), [0, 1, 2]);
        assert!(matches!(
            &pair.client_events[3..],
            [client::Event::Disconnected { .. }, client::Event::Closed(_)]
        ));
        assert!(pair.server().is_ended());
        pair.sleep(MINUTE);
        assert!(pair.client.is_connected(&main()));
    }
}

#[test]
fn after_a_kill_the_client_reconnects_and_sends_what_it_buffered() {
    for mut pair in each() {
        pair.client.connect(admin(), Object::default());
        pair.run();
        pair.kill_server();
        for index in 0..3 {
            pair.client.emit(&admin(), "away", arguments(index)).unwrap();
        }
        pair.sleep(10 * MINUTE);
        assert!(!pair.client.is_connected(&admin()));
        pair.is_up = true;
        pair.server_events.clear();
        pair.sleep(MINUTE);
        assert!(pair.client.is_connected(&main()) && pair.client.is_connected(&admin()));
        assert_eq!(server_indices(&pair.server_events), [0, 1, 2]);
    }
}

#[test]
fn a_client_asks_for_recovery_with_the_last_offset() {
    let mut pair = Pair::new(WS);
    pair.pid = Some("pid-1");
    pair.client.connect(main(), Object::default());
    pair.run();
    pair.server().emit(&main(), "news", arguments((1, "offset-1"))).unwrap();
    pair.run();
    pair.kill_server();
    pair.is_up = true;
    pair.server_events.clear();
    pair.client_events.clear();
    pair.sleep(MINUTE);
    let server::Event::Connect { auth, .. } = &pair.server_events[0] else { panic!("a CONNECT") };
    let read = |name| auth.get(name).and_then(|value| value.as_str());
    assert_eq!((read("pid"), read("offset")), (Some("pid-1"), Some("offset-1")));
    assert!(matches!(pair.client_events[..], [client::Event::Connected { recovered: true, .. }]));
}

fn index(arguments: &Arguments) -> usize {
    arguments.clone().read().unwrap()
}

fn indices(events: &[client::Event]) -> Vec<usize> {
    events
        .iter()
        .filter_map(|event| match event {
            client::Event::Event { arguments, .. } => Some(index(arguments)),
            _ => None,
        })
        .collect()
}

fn server_indices(events: &[server::Event]) -> Vec<usize> {
    events
        .iter()
        .filter_map(|event| match event {
            server::Event::Event { arguments, .. } => Some(index(arguments)),
            _ => None,
        })
        .collect()
}

proptest! {
    /// Whatever is emitted before, during and after an upgrade arrives once and in order.
    #[test]
    fn an_upgrade_loses_doubles_and_reorders_nothing(
        actions in vec(any::<Option<bool>>(), 0..60),
        upgrade_at in 0..60_usize,
    ) {
        let mut pair = connected(POLLING);
        let (mut from_client, mut from_server) = (0, 0);
        for (number, action) in actions.iter().enumerate() {
            if number == upgrade_at {
                pair.upgrade();
            }
            match action {
                Some(true) => {
                    pair.client.emit(&main(), "a", arguments(from_client)).unwrap();
                    from_client += 1;
                }
                Some(false) => {
                    pair.server().emit(&main(), "a", arguments(from_server)).unwrap();
                    from_server += 1;
                }
                None => _ = pair.step(),
            }
        }
        pair.run();
        assert_eq!(server_indices(&pair.server_events), (0..from_client).collect::<Vec<_>>());
        assert_eq!(indices(&pair.client_events), (0..from_server).collect::<Vec<_>>());
        let expected = if upgrade_at < actions.len() { WS } else { POLLING };
        assert_eq!(pair.client.transport(), Some(expected));
        pair.sleep(60 * MINUTE);
        assert!(pair.client.is_connected(&main()));
    }
}
