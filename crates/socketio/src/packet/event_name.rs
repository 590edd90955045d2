/// Returns whether no event may have this name on the wire: in JavaScript, local events have it.
pub(super) fn is_reserved(name: &str) -> bool {
    const RESERVED: [&str; 6] = [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    ];
    RESERVED.contains(&name)
}
