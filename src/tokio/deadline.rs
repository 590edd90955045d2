#[cfg(all(feature = "net", feature = "url"))]
use core::future::Future;
use core::time::Duration;

use ::tokio::time::Instant;
#[cfg(all(feature = "net", feature = "url"))]
use ::tokio::time::timeout_at;

#[cfg(all(feature = "net", feature = "url"))]
use crate::{adapter::Error, time::TimeoutKind};

/// The timeout of a client's opening handshake, of any length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    /// `None` if the clock does not reach that far.
    end: Option<Instant>,
}

impl Deadline {
    pub(super) fn start(limit: Duration) -> Self {
        Self { end: Instant::now().checked_add(limit) }
    }

    /// Returns the remaining time.
    pub(super) fn left(self) -> Duration {
        self.end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()))
    }

    /// Awaits one step of the handshake, and drops it when the time is over.
    ///
    /// This is not done for all steps in one future, since dropping that would lose what the server
    /// has already sent.
    #[cfg(all(feature = "net", feature = "url"))]
    pub(super) async fn bound<T, E: Into<Error>>(
        self,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        let Some(end) = self.end else {
            return step.await.map_err(Into::into);
        };
        match timeout_at(end, step).await {
            Ok(result) => result.map_err(Into::into),
            Err(_) => Err(Error::Timeout(TimeoutKind::Handshake)),
        }
    }
}
