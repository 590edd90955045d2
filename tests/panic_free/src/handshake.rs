use alloc::vec::Vec;

use sansocket::Parsed;
use sansocket::connection::Connection;
#[cfg(feature = "deflate")]
use sansocket::deflate;
use sansocket::handshake::client::{self, Accepted, AwaitingResponse};
use sansocket::handshake::proxy::Tunnel;
use sansocket::handshake::server::{AwaitingRequest, Rejection, Request, Response};
use sansocket::handshake::{Credentials, HandshakeError, HeadLimits, HeadScanner, OriginPolicy};
use sansocket::{Limits, Seed};

type Result<T> = core::result::Result<T, HandshakeError>;

#[unsafe(no_mangle)]
fn head_scan(scanner: &mut HeadScanner, input: &[u8]) -> Result<Parsed<()>> {
    scanner.scan(input)
}

#[unsafe(no_mangle)]
fn request_parse<'b>(input: &'b [u8], limits: &HeadLimits) -> Result<Parsed<Request<'b>>> {
    Request::parse(input, limits)
}

#[unsafe(no_mangle)]
fn awaiting_request_parse<'b>(
    awaiting: &mut AwaitingRequest,
    input: &'b [u8],
) -> Result<Parsed<Request<'b>>> {
    awaiting.parse(input)
}

#[unsafe(no_mangle)]
fn request_accept(request: &Request<'_>, subprotocol: &str, policy: &OriginPolicy) -> Response {
    request.accept().origin_policy(policy).subprotocol(subprotocol)
}

#[cfg(feature = "deflate")]
#[unsafe(no_mangle)]
fn response_deflate(response: Response, config: &deflate::Config) -> Response {
    response.deflate(config)
}

#[unsafe(no_mangle)]
fn response_send(response: Response, config: &Limits, out: &mut Vec<u8>) -> Result<Connection> {
    response.send(config, out)
}

#[unsafe(no_mangle)]
fn rejection_send(error: &HandshakeError, out: &mut Vec<u8>) -> Result<()> {
    Rejection::from(error).send(out)
}

#[unsafe(no_mangle)]
fn client_request_send(
    request: &client::Request,
    nonce: [u8; 16],
    out: &mut Vec<u8>,
) -> Result<AwaitingResponse> {
    request.send(nonce, out)
}

#[cfg(feature = "deflate")]
#[unsafe(no_mangle)]
fn client_request_deflate(request: client::Request, config: &deflate::Config) -> client::Request {
    request.deflate(config)
}

#[unsafe(no_mangle)]
fn client_response_parse(
    awaiting: &mut AwaitingResponse,
    input: &[u8],
) -> Result<Parsed<Accepted>> {
    awaiting.parse(input)
}

#[unsafe(no_mangle)]
fn client_response_parse_eof(awaiting: &AwaitingResponse, input: &[u8]) -> HandshakeError {
    awaiting.parse_eof(input)
}

#[unsafe(no_mangle)]
fn client_connection(accepted: &Accepted, config: &Limits, seed: Seed) -> Connection {
    accepted.connection(config, seed)
}

#[unsafe(no_mangle)]
fn tunnel_advance(tunnel: &mut Tunnel, input: &[u8], out: &mut Vec<u8>) -> Result<Parsed<()>> {
    tunnel.advance(input, out)
}

#[unsafe(no_mangle)]
fn tunnel_advance_eof(tunnel: &Tunnel, input: &[u8]) -> HandshakeError {
    tunnel.advance_eof(input)
}

#[unsafe(no_mangle)]
fn tunnel_credentials(tunnel: Tunnel, credentials: Credentials) -> Tunnel {
    tunnel.credentials(credentials)
}
