use tokio::signal;

use super::failure::Failure;

/// Why a case was not run that was to come after the stop.
pub(crate) const STOPPED: &str = "the run was stopped";

/// Waits until the user, or who has started the program, asks it to stop.
pub(crate) async fn stop_is_asked_for() {
    let interrupt = async {
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use signal::unix::SignalKind;
        tokio::select! {
            () = signalled(SignalKind::terminate()) => {}
            // The terminal is closed.
            () = signalled(SignalKind::hangup()) => {}
            () = signalled(SignalKind::quit()) => {}
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(unix)]
async fn signalled(kind: signal::unix::SignalKind) {
    match signal::unix::signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

/// Does something until it is done, or a stop is asked for. What it has started ends then.
pub(crate) async fn unless_stopped<T>(run: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::select! {
        result = run => Ok(result),
        () = stop_is_asked_for() => Err(Failure::Stopped),
    }
}
