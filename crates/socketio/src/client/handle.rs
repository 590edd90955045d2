use alloc::sync::Arc;
use core::time::Duration;

use super::shared::Shared;

/// What all handles of a client share. After the last one is dropped, its task ends.
pub(super) struct Handle {
    pub(super) shared: Arc<Shared>,
    pub(super) ack_timeout: Duration,
    pub(super) connect_timeout: Duration,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.change(|state, _| state.is_abandoned = true);
    }
}
