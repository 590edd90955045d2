use alloc::{format, string::String};

use crate::engine_io::{Query, Transport};

/// Returns the URL of the WebSocket handshake that opens a session at the server with this URL.
pub(super) fn websocket_url(url: &str) -> String {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let (location, query) = url.split_once('?').unwrap_or((url, ""));
    let after_scheme = location.split_once("://").map_or(location, |(_, rest)| rest);
    let path = match after_scheme.split_once('/') {
        None => "/socket.io/",
        Some((_, "")) => "socket.io/",
        Some(_) => "",
    };
    let separator = if query.is_empty() { "" } else { "&" };
    let own = Query { transport: Transport::WebSocket, sid: None };
    // Of parameters with one name, servers take the first.
    format!("{location}{path}?{own}{separator}{query}")
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::websocket_url;

    #[test]
    fn the_path_of_socket_io_is_added_unless_there_is_another_one() {
        let query = "EIO=4&transport=websocket";
        for (url, location) in [
            ("http://localhost:3000", "http://localhost:3000/socket.io/"),
            ("wss://example.com/", "wss://example.com/socket.io/"),
            ("https://example.com/live/", "https://example.com/live/"),
            ("http://[::1]:80/live#top", "http://[::1]:80/live"),
        ] {
            assert_eq!(websocket_url(url), format!("{location}?{query}"));
        }
    }

    #[test]
    fn the_query_of_the_url_follows() {
        assert_eq!(
            websocket_url("http://localhost?room=1&EIO=3#top"),
            "http://localhost/socket.io/?EIO=4&transport=websocket&room=1&EIO=3"
        );
    }
}
