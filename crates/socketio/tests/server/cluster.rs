//! Several servers, with an adapter between them.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use sansocket_socketio::{
    Namespace,
    server::{
        Adapter, AdapterError, AdapterFuture, Node, Publication, SavedSession, Selection, Server,
    },
};

use tokio::time::{Instant, sleep};

use crate::client::{Client, sockets};

/// Servers in one process.
#[derive(Clone, Debug, Default)]
struct Cluster {
    nodes: Arc<Mutex<Vec<Node>>>,
    /// Whether it takes a second until events arrive.
    is_slow: bool,
}

impl Adapter for Cluster {
    fn start(&self, node: Node) {
        self.nodes.lock().unwrap().push(node);
    }

    fn ready(&self) -> AdapterFuture<'_, ()> {
        Box::pin(async {
            if self.is_slow {
                sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        })
    }

    fn publish(&self, publication: Publication) -> AdapterFuture<'_, ()> {
        Box::pin(async move {
            let nodes = self.nodes.lock().unwrap();
            if nodes.len() == 1 {
                return Err(AdapterError::new("the other servers are away"));
            }
            nodes.iter().for_each(|node| node.deliver(&publication));
            Ok(())
        })
    }

    fn sockets<'a>(
        &'a self,
        namespace: &'a Namespace,
        selection: &'a Selection,
    ) -> AdapterFuture<'a, Vec<String>> {
        Box::pin(async move {
            let nodes = self.nodes.lock().unwrap();
            Ok(nodes.iter().flat_map(|node| node.sockets(namespace, selection)).collect())
        })
    }

    fn recovers(&self) -> bool {
        false
    }

    fn save(&self, _: SavedSession) -> AdapterFuture<'_, ()> {
        unreachable!("nothing is recovered")
    }

    fn lost<'a>(&'a self, _: &'a Namespace, _: &'a str) -> AdapterFuture<'a, ()> {
        unreachable!("nothing is recovered")
    }

    fn forget<'a>(&'a self, _: &'a Namespace, _: &'a str) -> AdapterFuture<'a, ()> {
        unreachable!("nothing is recovered")
    }

    fn find<'a>(&'a self, _: &'a Namespace, _: &'a str) -> AdapterFuture<'a, Option<SavedSession>> {
        unreachable!("nothing is recovered")
    }

    fn missed<'a>(
        &'a self,
        _: &'a SavedSession,
        _: &'a str,
    ) -> AdapterFuture<'a, Option<Vec<Publication>>> {
        unreachable!("nothing is recovered")
    }

    fn health(&self) -> AdapterFuture<'_, ()> {
        Box::pin(async { Err(AdapterError::new("unwell")) })
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_reaches_the_sockets_of_all_servers() {
    let cluster = Cluster::default();
    let servers = [(), ()].map(|()| Server::builder().adapter(cluster.clone()).build());
    let mut clients = Vec::new();
    for server in &servers {
        let mut sockets = sockets(server);
        let (client, _) = Client::join(server).await;
        let socket = sockets.recv().await.unwrap();
        socket.join("red").await.unwrap();
        clients.push((client, socket));
    }
    let [(first, first_socket), (second, second_socket)] = &mut clients[..] else { unreachable!() };
    first_socket.broadcast().emit("to others", &()).await.unwrap();
    servers[0].of("/").to("red").emit("to all", &()).await.unwrap();
    assert_eq!(second.text().await, r#"42["to others"]"#);
    assert_eq!(second.text().await, r#"42["to all"]"#);
    assert_eq!(first.text().await, r#"42["to all"]"#);
    let ids = servers[0].of("/").to("red").sockets().await.unwrap();
    assert_eq!(ids, [first_socket.id(), second_socket.id()]);
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_adapter_reach_the_application() {
    let server = Server::builder().adapter(Cluster::default()).build();
    let error = server.of("/").emit("news", &()).await.unwrap_err();
    assert_eq!(error.to_string(), "the adapter failed: the other servers are away");
    assert_eq!(server.health().await.unwrap_err().to_string(), "the adapter failed: unwell");
}

#[tokio::test(start_paused = true)]
async fn clients_are_connected_once_events_arrive() {
    let adapter = Cluster { is_slow: true, ..Cluster::default() };
    let server = Server::builder().adapter(adapter).build();
    let _sockets = sockets(&server);
    let start = Instant::now();
    let _client = Client::join(&server).await;
    assert!(start.elapsed() >= Duration::from_secs(1));
}
