//! A program without the standard library, with an allocator and a panic handler of its own. It
//! answers an upgrade request and echoes a frame; both go to its output.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::sync::atomic::{AtomicUsize, Ordering};

use sansocket::Parsed;
use sansocket::buffered::{Progress, ReadBuffer};
use sansocket::connection::Connection;
#[cfg(feature = "deflate")]
use sansocket::deflate::{self, Compression, Offer};
use sansocket::handshake::{HeadLimits, server::Request};
use sansocket::{Limits, Message, Seed};

const HEAP_LEN: usize = 64 << 10;

/// Hands out what follows, and takes nothing back.
struct Bump {
    heap: UnsafeCell<[u8; HEAP_LEN]>,
    used: AtomicUsize,
}

// SAFETY: no byte of the heap is handed out twice, since `used` only grows.
unsafe impl Sync for Bump {}

// SAFETY: as above; what is handed out lies in the heap and is aligned.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let heap: *mut u8 = self.heap.get().cast();
        // Enough to align the block wherever it begins.
        let len = layout.size() + layout.align();
        let at = self.used.fetch_add(len, Ordering::Relaxed);
        if at + len > HEAP_LEN {
            return core::ptr::null_mut();
        }
        let block = heap.wrapping_add(at);
        block.wrapping_add(block.align_offset(layout.align()))
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Bump = Bump { heap: UnsafeCell::new([0; HEAP_LEN]), used: AtomicUsize::new(0) };

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// `alloc` comes compiled for unwinding and names this. Where panics abort, nobody calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

#[link(name = "c")]
unsafe extern "C" {
    fn write(file: c_int, bytes: *const u8, len: usize) -> isize;
}

/// What a server sends to a client that sends this; `None` if the client broke a rule.
fn serve(received: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let limits = HeadLimits::default();
    let Parsed::Complete { value, consumed } = Request::parse(received, &limits).ok()? else {
        return None;
    };
    let response = value.accept();
    #[cfg(feature = "deflate")]
    let response = response.deflate(&deflate::Config::default());
    let Connection { mut receiver, mut sender } =
        response.send(&Limits::default(), &mut out).ok()?;
    #[cfg(feature = "deflate")]
    sender.set_compression(Compression::Always);
    let mut buffer = ReadBuffer::default();
    for byte in received.get(consumed..)? {
        *buffer.unfilled().first_mut()? = *byte;
        buffer.filled(1);
        while let Progress::Message =
            buffer.advance(&mut receiver, |reply| sender.reply(reply, &mut out)).ok()?
        {
            match buffer.message().ok()? {
                Message::Text(text) => sender.send_text(text, &mut out).ok()?,
                Message::Binary(data) => sender.send_binary(data, &mut out).ok()?,
            }
        }
    }
    Some(out)
}

/// The request of RFC 6455 1.2, and a text frame behind it.
fn received() -> Option<Vec<u8>> {
    let request = "GET /chat HTTP/1.1\r\n\
        Host: server.example.com\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Extensions: permessage-deflate\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";
    let mut received = Vec::from(request);
    let mut client = Connection::client(&Limits::default(), Seed::from([7; 32]));
    #[cfg(feature = "deflate")]
    {
        let config = deflate::Config::default();
        let (_, params) = Offer::new(&config).answer(&config);
        client = client.with_deflate(&params, &config);
        client.sender.set_compression(Compression::Always);
    }
    client.sender.send_text("Hello", &mut received).ok()?;
    Some(received)
}

// SAFETY: the only `main`, with the signature that the C runtime calls.
#[unsafe(no_mangle)]
extern "C" fn main() -> c_int {
    let Some(out) = received().and_then(|received| serve(&received)) else {
        return 1;
    };
    // SAFETY: the bytes are valid for the length.
    let written = unsafe { write(1, out.as_ptr(), out.len()) };
    c_int::from(usize::try_from(written) != Ok(out.len()))
}
