//! URLs that need TLS, for every adapter without TLS.

use std::io::ErrorKind;
use std::thread;

use sansocket::{Error, UrlError};

use super::redirects::redirect;
use super::sockets::Connector;
use crate::peer;

// Shows 6455-3-2, 6455-4.1-8.
#[test]
fn a_wss_url_is_not_connected_to() {
    let (listener, address) = peer::listen();
    listener.set_nonblocking(true).unwrap();
    for scheme in ["wss", "https"] {
        let error = Connector::new().connect(&format!("{scheme}://{address}/")).unwrap_err();
        assert!(matches!(&error, Error::Url(error) if **error == UrlError::Tls), "{error:?}");
        assert!(!error.is_retryable());
    }
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_redirect_to_wss_needs_tls() {
    let (listener, address) = peer::listen();
    let connecting = thread::spawn(move || {
        Connector::new().max_redirects(1).connect(&format!("ws://{address}/"))
    });
    redirect(&listener, &format!("https://{address}/"));
    let error = connecting.join().unwrap().unwrap_err();
    assert!(matches!(&error, Error::Url(error) if **error == UrlError::Tls), "{error:?}");
}
