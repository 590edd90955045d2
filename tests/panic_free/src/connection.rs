use alloc::vec::Vec;

use sansocket::connection::{
    ChunkMut, Connection, EncodedFrame, Event, ProtocolError, Receiver, Reply, SendError, Sender,
    TransportAction, Watchdog, WatchdogAction,
};
use sansocket::{Chunk, CloseFrame, CloseInfo, Limits, PreparedMessage, Seed, Timestamp};

#[unsafe(no_mangle)]
fn connection_new(limits: &Limits, seed: Seed) -> [Connection; 2] {
    [Connection::server(limits), Connection::client(limits, seed)]
}

#[unsafe(no_mangle)]
fn connection_receive<'a, 'b: 'a>(
    connection: &'a mut Connection,
    input: &mut &'b mut [u8],
    out: &mut Vec<u8>,
) -> Result<Option<Event<'a>>, ProtocolError> {
    connection.receive(input, out)
}

#[unsafe(no_mangle)]
fn connection_end(connection: &mut Connection) -> (TransportAction, Option<CloseInfo>) {
    (connection.transport(), connection.close_info())
}

#[unsafe(no_mangle)]
fn receiver_receive<'a, 'b: 'a>(
    receiver: &'a mut Receiver,
    input: &mut &'b mut [u8],
) -> Result<Option<Event<'a>>, ProtocolError> {
    receiver.receive(input)
}

#[unsafe(no_mangle)]
fn receiver_receive_eof(receiver: &mut Receiver) -> Result<(), ProtocolError> {
    receiver.receive_eof()
}

#[unsafe(no_mangle)]
fn receiver_fail(receiver: &mut Receiver, error: ProtocolError) -> ProtocolError {
    receiver.release();
    receiver.fail(error)
}

#[unsafe(no_mangle)]
fn event_reply(event: &Event<'_>) -> Option<Reply> {
    event.reply()
}

#[unsafe(no_mangle)]
fn sender_reply(sender: &mut Sender, reply: Reply, out: &mut Vec<u8>) {
    sender.reply(reply, out);
    sender.send_deferred(out);
}

#[unsafe(no_mangle)]
fn sender_fail(sender: &mut Sender, error: &ProtocolError, out: &mut Vec<u8>) {
    sender.fail(error, out);
}

#[unsafe(no_mangle)]
fn sender_send_text(sender: &mut Sender, text: &str, out: &mut Vec<u8>) -> Result<(), SendError> {
    sender.send_text(text, out)
}

#[unsafe(no_mangle)]
fn sender_send_binary(
    sender: &mut Sender,
    data: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), SendError> {
    sender.send_binary(data, out)
}

#[unsafe(no_mangle)]
fn sender_send_chunk(
    sender: &mut Sender,
    chunk: Chunk<'_>,
    out: &mut Vec<u8>,
) -> Result<(), SendError> {
    sender.send_chunk(chunk, out)
}

#[unsafe(no_mangle)]
fn sender_frame_in_place<'p>(
    sender: &mut Sender,
    chunk: ChunkMut<'p>,
) -> Result<EncodedFrame<'p>, SendError> {
    sender.frame_in_place(chunk)
}

#[unsafe(no_mangle)]
fn sender_send_prepared(
    sender: &mut Sender,
    message: &PreparedMessage,
    out: &mut Vec<u8>,
) -> Result<(), SendError> {
    sender.send_prepared(message, out)
}

#[unsafe(no_mangle)]
fn sender_send_ping(sender: &mut Sender, data: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
    sender.send_ping(data, out)
}

#[unsafe(no_mangle)]
fn sender_send_pong(sender: &mut Sender, data: &[u8], out: &mut Vec<u8>) -> Result<(), SendError> {
    sender.send_pong(data, out)
}

#[unsafe(no_mangle)]
fn sender_send_close(
    sender: &mut Sender,
    frame: Option<CloseFrame<'_>>,
    out: &mut Vec<u8>,
) -> Result<(), SendError> {
    sender.send_close(frame, out)
}

#[unsafe(no_mangle)]
fn watchdog_poll(
    watchdog: &mut Watchdog,
    now: Timestamp,
    connection: &mut Connection,
    out: &mut Vec<u8>,
) -> WatchdogAction {
    watchdog.poll(now, connection.receiver.liveness(), &mut connection.sender, out)
}
