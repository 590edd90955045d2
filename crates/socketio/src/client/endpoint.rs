use alloc::{format, string::String};

use crate::engine_io::Query;

/// Returns the URL of the server, without a fragment, and with the path of Socket.IO unless it has one.
pub(super) fn server_url(url: &str) -> String {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let (location, query) = match url.split_once('?') {
        Some((location, query)) => (location, format!("?{query}")),
        None => (url, String::new()),
    };
    let after_scheme = location.split_once("://").map_or(location, |(_, rest)| rest);
    let path = match after_scheme.split_once('/') {
        None => "/socket.io/",
        Some((_, "")) => "socket.io/",
        Some(_) => "",
    };
    format!("{location}{path}{query}")
}

/// Adds the query of a request to a URL or a target.
pub(super) fn with_query(url: &str, query: &Query) -> String {
    // Of parameters with one name, servers take the first.
    match url.split_once('?') {
        Some((location, other)) if !other.is_empty() => format!("{location}?{query}&{other}"),
        Some((location, _)) => format!("{location}?{query}"),
        None => format!("{url}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{server_url, with_query};
    use crate::engine_io::{Query, Transport};

    #[test]
    fn the_path_of_socket_io_is_added_unless_there_is_another_one() {
        for (url, expected) in [
            ("http://localhost:3000", "http://localhost:3000/socket.io/"),
            ("wss://example.com/", "wss://example.com/socket.io/"),
            ("https://example.com/live/", "https://example.com/live/"),
            ("http://[::1]:80/live#top", "http://[::1]:80/live"),
            ("http://localhost?room=1#top", "http://localhost/socket.io/?room=1"),
        ] {
            assert_eq!(server_url(url), expected);
        }
    }

    #[test]
    fn the_query_of_the_url_follows_that_of_the_request() {
        let query = Query { transport: Transport::Polling, sid: Some("a/b".into()) };
        let own = "EIO=4&transport=polling&sid=a%2Fb";
        for (url, expected) in [
            ("/socket.io/", ["/socket.io/?", own].concat()),
            ("/socket.io/?", ["/socket.io/?", own].concat()),
            ("http://h/s/?room=1&EIO=3", ["http://h/s/?", own, "&room=1&EIO=3"].concat()),
        ] {
            assert_eq!(with_query(url, &query), expected);
        }
    }
}
