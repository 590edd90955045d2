/// A step of connecting to a URL. The steps are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectStep {
    /// Resolving the name of the server or of the proxy.
    Lookup,
    /// Connecting to one of the addresses over TCP.
    Tcp,
    /// Asking the proxy for a tunnel to the server.
    Tunnel,
    /// The TLS handshake with the server.
    Tls,
    /// The upgrade request, and waiting for the response.
    Upgrade,
}
