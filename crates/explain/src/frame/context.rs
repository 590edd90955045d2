use sansocket::Role;

use super::{message::Message, open_frame::OpenFrame};

/// Everything that the explanation of a frame is made from.
#[derive(Debug)]
pub(super) struct FrameContext<'f> {
    pub(super) sender: Role,
    pub(super) frame: &'f OpenFrame,
    /// The message that the frame belongs to, or that surrounds it.
    pub(super) message: Option<&'f Message>,
    /// Whether that message ends with the frame.
    pub(super) is_message_complete: bool,
    /// Whether RSV1 may mark a compressed message, and whether that is known.
    pub(super) is_deflate: bool,
    pub(super) is_known: bool,
    pub(super) keeps_window: bool,
    pub(super) last_key: Option<[u8; 4]>,
    pub(super) shown: usize,
}

impl FrameContext<'_> {
    /// Returns whether RSV1 says whether a message is compressed: where one begins, if the extensions let
    /// it.
    pub(super) fn may_be_compressed(&self) -> bool {
        self.is_deflate && self.frame.begun_kind().is_some()
    }
}
