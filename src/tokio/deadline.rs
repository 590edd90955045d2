use core::{future::Future, time::Duration};

use ::tokio::time::{Instant, timeout};

use crate::{adapter::Error, time::TimeoutKind};

/// The timeout of connecting to a URL, of any length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    pub(super) fn start(limit: Duration) -> Self {
        Self { start: Instant::now(), limit }
    }

    /// Returns the remaining time.
    pub(super) fn left(self) -> Duration {
        self.limit.saturating_sub(self.start.elapsed())
    }

    /// Awaits one step of connecting, and drops it when the time is over.
    ///
    /// This is not done for all steps in one future, since dropping that would lose what the server
    /// has already sent.
    pub(super) async fn bound<T, E: Into<Error>>(
        self,
        step: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error> {
        match timeout(self.left(), step).await {
            Ok(result) => result.map_err(Into::into),
            Err(_) => Err(Error::Timeout(TimeoutKind::Handshake)),
        }
    }
}
