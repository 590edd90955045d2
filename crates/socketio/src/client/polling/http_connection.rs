use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use http::{
    HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use hyper::{
    body::Incoming,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use sansocket::tokio::{Connector, RequestHead};
use tokio::task::JoinSet;

use super::next_chunk;
use crate::{
    client::{TransportError, endpoint::with_query},
    engine_io::Query,
};

/// How much of the body of an error is kept, in bytes.
const MAX_ERROR_LEN: usize = 1024;

/// An HTTP connection for one request at a time, which is kept alive. If the server has closed it, the
/// next request opens another.
pub(in crate::client) struct HttpConnection<'a> {
    connector: &'a Connector,
    url: &'a str,
    head: RequestHead,
    sender: SendRequest<String>,
    /// Reads and writes, until this is dropped.
    _task: JoinSet<()>,
}

impl<'a> HttpConnection<'a> {
    pub(in crate::client) async fn open(
        connector: &'a Connector,
        url: &'a str,
    ) -> Result<Self, TransportError> {
        let (stream, head) = connector.open(url).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(failed)?;
        let mut task = JoinSet::new();
        // The requests report how it ends.
        task.spawn(async { drop(connection.await) });
        Ok(Self { connector, url, head, sender, _task: task })
    }

    /// Sends a request, and returns the body of the answer. It must be read before the next request.
    ///
    /// A request that may have reached the server is not sent again: it may have taken or brought
    /// packets.
    ///
    /// # Errors
    ///
    /// The request failed, or the status is not 200.
    pub(super) async fn send(
        &mut self,
        method: Method,
        query: &Query,
        payload: String,
    ) -> Result<Incoming, TransportError> {
        if self.sender.ready().await.is_err() {
            self.reopen().await?;
        }
        let request = self.request(method, query, payload)?;
        let response = match self.sender.try_send_request(request).await {
            Ok(response) => response,
            Err(mut error) => match error.take_message() {
                // It was closed just then.
                Some(request) => {
                    self.reopen().await?;
                    self.sender.send_request(request).await.map_err(failed)?
                }
                None => return Err(failed(error.into_error())),
            },
        };
        if response.status() != StatusCode::OK {
            return Err(refused(response).await);
        }
        Ok(response.into_body())
    }

    async fn reopen(&mut self) -> Result<(), TransportError> {
        *self = Self::open(self.connector, self.url).await?;
        Ok(())
    }

    fn request(
        &self,
        method: Method,
        query: &Query,
        payload: String,
    ) -> Result<Request<String>, TransportError> {
        let has_payload = method == Method::POST;
        let target = with_query(self.head.target(), query);
        let mut request =
            Request::builder().method(method).uri(target).body(payload).map_err(failed)?;
        let headers = request.headers_mut();
        for (name, value) in self.head.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(failed)?;
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(failed)?);
        }
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        if has_payload {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
        }
        Ok(request)
    }
}

/// Reads the body of an error response.
async fn refused(response: Response<Incoming>) -> TransportError {
    let status = response.status().as_u16();
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    while bytes.len() < MAX_ERROR_LEN
        && let Ok(Some(chunk)) = next_chunk(&mut body).await
    {
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(MAX_ERROR_LEN);
    TransportError::Response { status, body: String::from_utf8_lossy(&bytes).to_string() }
}

fn failed(error: impl core::error::Error + Send + Sync + 'static) -> TransportError {
    TransportError::Request(error.into())
}
