//! Requests and responses of the `http` crate.

use alloc::{string::ToString as _, vec::Vec};

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version,
    request::Parts,
    uri::{PathAndQuery, Scheme},
};

use super::{Rejection, Request, Response};
use crate::handshake::{HandshakeError, InvalidArgument, RequestError, target::Target};

/// Checks a request that an HTTP server has read.
///
/// The [`target`](Request::target) is the path and the query. [`HeadLimits`](crate::handshake::HeadLimits)
/// are the server's affair.
///
/// ```
/// use http::header::{CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
/// use sansocket::Limits;
/// use sansocket::handshake::server;
///
/// let request = http::Request::get("/chat?room=1")
///     .header(HOST, "server.example.com")
///     .header(UPGRADE, "websocket")
///     .header(CONNECTION, "Upgrade")
///     .header(SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ==")
///     .header(SEC_WEBSOCKET_VERSION, "13")
///     .body(())?;
/// let request = server::Request::try_from(&request)?;
/// assert_eq!(request.query(), Some("room=1"));
/// let accepted = request.accept();
/// let response: http::Response<()> = (&accepted).try_into()?;
/// assert_eq!(response.status(), 101);
/// assert_eq!(response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// let connection = accepted.connection(&Limits::default())?; // for when it was sent
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<'b, B> TryFrom<&'b http::Request<B>> for Request<'b> {
    type Error = HandshakeError;

    fn try_from(request: &'b http::Request<B>) -> Result<Self, HandshakeError> {
        from_head(request.method(), request.uri(), request.version(), request.headers())
    }
}

/// Checks the head of a request that an HTTP server has read.
impl<'b> TryFrom<&'b Parts> for Request<'b> {
    type Error = HandshakeError;

    fn try_from(head: &'b Parts) -> Result<Self, HandshakeError> {
        from_head(&head.method, &head.uri, head.version, &head.headers)
    }
}

fn from_head<'b>(
    method: &Method,
    uri: &'b Uri,
    version: Version,
    headers: &'b HeaderMap,
) -> Result<Request<'b>, HandshakeError> {
    // RFC 6455 4.2.1: HTTP/1.1 or higher. HTTP/2 has another form.
    if version != Version::HTTP_11 {
        return Err(RequestError::HttpVersion.into());
    }
    let target = uri.path_and_query().map_or("", PathAndQuery::as_str);
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    Ok(Request::check(method.as_str(), target, resource(uri), headers)?)
}

fn resource(uri: &Uri) -> Option<Target<'_>> {
    let authority = match (uri.scheme(), uri.authority()) {
        (None, None) => None,
        (Some(scheme), Some(authority)) if [Scheme::HTTP, Scheme::HTTPS].contains(scheme) => {
            Some(authority.as_str())
        }
        _ => return None,
    };
    Target::new(authority, uri.path(), uri.query())
}

/// The response with status 101, for another HTTP stack to send. It fails as [`Response::send`]
/// does.
impl<B: Default> TryFrom<&Response> for http::Response<B> {
    type Error = HandshakeError;

    fn try_from(accepted: &Response) -> Result<Self, HandshakeError> {
        let headers = header_map(accepted.headers()?)?;
        Ok(response(StatusCode::SWITCHING_PROTOCOLS, headers, B::default()))
    }
}

/// The refusal, for another HTTP stack to send. It fails as [`Rejection::send`] does.
///
/// ```
/// use sansocket::handshake::server::Rejection;
///
/// let rejection = Rejection::new(404).header("Content-Type", "text/plain").body("no such room\n");
/// let response: http::Response<Vec<u8>> = rejection.try_into()?;
/// assert_eq!(response.status(), 404);
/// assert_eq!(response.headers()["content-type"], "text/plain");
/// assert_eq!(response.body(), b"no such room\n");
/// # Ok::<(), sansocket::handshake::HandshakeError>(())
/// ```
impl<B: From<Vec<u8>>> TryFrom<Rejection> for http::Response<B> {
    type Error = HandshakeError;

    fn try_from(rejection: Rejection) -> Result<Self, HandshakeError> {
        let len = rejection.body.len().to_string();
        let headers = header_map(rejection.headers(&len)?)?;
        let status = StatusCode::from_u16(rejection.status)
            .map_err(|_| InvalidArgument::Status(rejection.status))?;
        Ok(response(status, headers, B::from(rejection.body.0)))
    }
}

/// The response to a request that failed with this error; 500 if the client did not err.
impl<B: From<Vec<u8>>> From<HandshakeError> for http::Response<B> {
    fn from(error: HandshakeError) -> Self {
        Rejection::from(&error).try_into().unwrap_or_else(|_: HandshakeError| {
            // What the application refuses with may not be sent. Why is not for the client.
            response(StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new(), B::from(Vec::new()))
        })
    }
}

fn response<B>(status: StatusCode, headers: HeaderMap, body: B) -> http::Response<B> {
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn header_map<'h>(
    lines: impl Iterator<Item = (&'h str, &'h str)>,
) -> Result<HeaderMap, InvalidArgument> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        // They were checked before, but may be more or longer than there is room for.
        let invalid_name = || InvalidArgument::HeaderName(name.into());
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid_name())?;
        let value = HeaderValue::from_bytes(value.as_bytes())
            .map_err(|_| InvalidArgument::HeaderValue(name.into()))?;
        headers.try_append(key, value).map_err(|_| invalid_name())?;
    }
    Ok(headers)
}
