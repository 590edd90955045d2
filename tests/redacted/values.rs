//! Values that hold nothing from a peer, or only numbers.

use std::net::TcpListener;
use std::time::Duration;

use sansocket::blocking::Connector;
use sansocket::buffered::Progress;
use sansocket::connection::{
    Connection, ProtocolError, SendError, TransportAction, WatchdogAction,
};
use sansocket::deflate::{self, Compression, InvalidParams, Offer};
use sansocket::frame::{FrameError, OpCode, Rsv};
use sansocket::handshake::{Credentials, HeadError, HeadLimits, OriginPolicy};
use sansocket::{
    Backoff, CloseCode, CloseInfo, Error, Initiator, Limits, MessageKind, Options, Parsed, Proxy,
    ProxyRules, Random, RedirectError, Role, Seed, Stats, TimeoutKind, Timeouts, Timestamp,
    Traffic, UrlError,
};

use crate::log::{COOKIE, Log, PASSWORD, PROXY_PASSWORD, QUERY, SEED};

pub(crate) fn check(log: &mut Log) {
    log.check(&Role::Client);
    log.check(&OpCode::Text);
    log.check(&Rsv::RSV1);
    log.check(&Parsed::Complete { value: 1, consumed: 2 });
    log.check(&Progress::Message);
    log.check(&Limits::default());
    log.check(&Timeouts::default());
    log.check(&MessageKind::Text);
    log.check(&WatchdogAction::Idle);
    log.check(&TransportAction::KeepOpen);
    log.check(&Options::default());
    log.check(&HeadLimits::default());
    log.check(&OriginPolicy::List(vec!["https://example.com".into()]));
    if let OriginPolicy::Function(function) = OriginPolicy::function(|_| true) {
        log.check(&function);
    }
    log.check(&CloseCode::NORMAL);
    log.check(&Initiator::Peer);
    log.check(&Timestamp::from(Duration::from_secs(1)));
    log.check(&TimeoutKind::Pong);
    log.check(&Traffic::default());
    log.check(&Stats::default());
    log.check(&deflate::Config::default());
    log.check(&Compression::Auto);
    let (offer, params) = Offer::default().answer(&deflate::Config::default());
    log.check(&offer);
    log.check(&params);

    let seed = Seed::from(SEED);
    log.check(&seed);
    let mut random = Random::new(seed);
    log.check(&random);
    random.mask_key();
    log.check(&random);
    log.check(&Backoff::new(Seed::from(SEED)));

    log.check(&Credentials::new("user", PASSWORD));
    let proxy = Proxy::parse(&format!("http://user:{PROXY_PASSWORD}@proxy.example")).unwrap();
    log.check(&proxy);
    log.check(&proxy.tunnel("example.com", 443, &HeadLimits::default()));
    log.check(&ProxyRules::from(proxy));
    log.check(&close_info());

    log.check_error(&FrameError::ControlTooLong);
    log.check_error(&ProtocolError::InvalidUtf8);
    log.check_error(&SendError::Closed);
    log.check_error(&HeadError::InvalidByte { byte: 7, position: 8 });
    log.check_error(&InvalidParams::Unknown);
    log.check_error(&Error::Timeout(TimeoutKind::Pong));
    log.check_error(&RedirectError::Insecure);
    for url in ["ftp://", "ws://h:99999/", "ws:///", "ws://", "wss://"] {
        let url = format!("{url}user:{PASSWORD}@h/?{QUERY}#{QUERY}");
        let error = match sansocket::blocking::WebSocket::connect(&url) {
            Err(Error::Url(error)) => *error,
            other => panic!("{other:?}"),
        };
        log.check_error(&error);
        log.check_error(&RedirectError::Url(error.clone()));
        log.check_error(&Error::Url(Box::new(error)));
    }
    log.check_error(&UrlError::Credentials);
    // Here the user name would be the scheme.
    for url in ["user", "h"] {
        let url = format!("{url}:{PASSWORD}@h:80/?{QUERY}");
        match sansocket::blocking::WebSocket::connect(&url) {
            Err(Error::Url(error)) => log.check_error(&*error),
            other => panic!("{other:?}"),
        }
    }
    connecting(log);
}

/// Steps of connecting that fail.
fn connecting(log: &mut Log) {
    let nobody = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    let address = nobody.unwrap();
    let url = format!("ws://user:{PASSWORD}@{address}/?{QUERY}");
    let proxy = Proxy::parse(&format!("http://user:{PROXY_PASSWORD}@{address}")).unwrap();
    for proxies in [ProxyRules::default(), proxy.into()] {
        let connector = Connector::new().header("Cookie", COOKIE).proxies(proxies);
        let error = connector.connect(&url).unwrap_err();
        let Error::Connect(inner) = &error else { panic!("{error:?}") };
        log.check(&inner.step());
        log.check_error(&**inner);
        log.check_error(&error);
    }
}

/// How a connection ended, without a reason.
fn close_info() -> CloseInfo {
    let mut connection = Connection::server(&Limits::default());
    connection.receiver.receive_eof().unwrap_err();
    connection.close_info().unwrap()
}
