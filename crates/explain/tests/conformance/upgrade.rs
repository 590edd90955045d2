//! What the cases about the handshake call, with the same names: the explainer is asked first.

use std::cell::RefCell;

use sansocket::handshake::{
    HeadLimits, RequestError, ResponseError,
    client::{Accepted, AwaitingResponse, Request},
    server,
};

pub(crate) use crate::engine_upgrade::{ACCEPT, Head, KEY, NONCE};
use crate::{engine_upgrade, heads::is_complete, judge};

thread_local! {
    /// The request that the case sent last, and another end that awaits its response.
    static SENT: RefCell<Option<(Vec<u8>, AwaitingResponse)>> = const { RefCell::new(None) };
}

fn judge_request(head: &[u8]) {
    let mut awaiting = server::AwaitingRequest::new(&HeadLimits::default());
    judge::request(head, |head| awaiting.parse(head).map(is_complete));
}

fn judge_response(head: &[u8]) {
    let Some((request, mut awaiting)) = SENT.take() else { return };
    judge::response(&request, head, |head| awaiting.parse(head).map(is_complete));
}

pub(crate) fn request(input: &[u8]) -> server::Request<'_> {
    judge_request(input);
    engine_upgrade::request(input)
}

pub(crate) fn refused(head: &Head) -> RequestError {
    judge_request(&head.bytes());
    engine_upgrade::refused(head)
}

pub(crate) fn rejection(head: &Head) -> String {
    judge_request(&head.bytes());
    engine_upgrade::rejection(head)
}

pub(crate) fn awaiting() -> AwaitingResponse {
    sent(&Request::new("server.example.com", "/chat"))
}

pub(crate) fn sent(request: &Request) -> AwaitingResponse {
    let mut head = Vec::new();
    let awaiting = request.send(NONCE, &mut head).unwrap();
    SENT.set(Some((head, awaiting)));
    engine_upgrade::sent(request)
}

pub(crate) fn accepted(awaiting: &mut AwaitingResponse, input: &[u8]) -> Accepted {
    judge_response(input);
    engine_upgrade::accepted(awaiting, input)
}

pub(crate) fn failed(awaiting: &mut AwaitingResponse, head: &Head) -> ResponseError {
    judge_response(&head.bytes());
    engine_upgrade::failed(awaiting, head)
}
