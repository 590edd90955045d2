use std::io;

/// Converts the end of a TLS stream without `close_notify`, which is an error, into the end of the
/// stream, as over TCP: no bytes were read. Truncation is still noticed, since there is no Close frame.
pub(crate) fn or_end_of_stream<T: Default>(read: io::Result<T>) -> io::Result<T> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(T::default()),
        read => read,
    }
}
