use std::io;

/// Takes the end of a TLS stream without `close_notify` for the end of the stream, as over TCP: no
/// bytes were read. Whether the peer has said all that it had to say, its Close frame tells.
pub(crate) fn or_end_of_stream<T: Default>(read: io::Result<T>) -> io::Result<T> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(T::default()),
        read => read,
    }
}
