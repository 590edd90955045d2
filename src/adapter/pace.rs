/// How many KiB are read before the driver gets its turn. It is more than a single read returns, so
/// that messages that arrive together are answered together.
const READ_CREDIT: u16 = 512;
/// The least that a read counts as, in KiB.
const MIN_READ_COST: u16 = 8;
/// How many messages spend one unit of the task's budget.
const TURN: u8 = 16;

/// How much a task that reads has done in its turn.
///
/// It shares a thread with others, and a peer that never stops sending must not keep them from their
/// turn. Nor the driver of the runtime, which is asked for events only now and then while tasks are
/// ready to run. So the task yields in two ways:
///
/// - After [`READ_CREDIT`] that was read it lets the driver look for events before it goes on, whether
///   or not there was a message in them.
/// - Each [`TURN`] messages spend a unit of the budget that the runtime gives a task for one poll.
///   That bounds how many messages the application handles at a time, since it may work on each.
#[derive(Debug)]
pub(crate) struct Pace {
    /// How many KiB were read since the driver had its turn, [`MIN_READ_COST`] at least by each read.
    read: u16,
    /// How many more messages there are in this turn.
    turn: u8,
}

impl Pace {
    pub(crate) const NEW: Self = Self { read: 0, turn: TURN };

    /// Whether there may be a message in this turn.
    #[inline]
    pub(crate) const fn has_turn(&self) -> bool {
        self.turn > 0
    }

    /// Begins another turn, which the runtime has granted.
    pub(crate) const fn begin_turn(&mut self) {
        self.turn = TURN;
    }

    /// Counts a message, if it `is_there`. Returns that again.
    #[inline]
    pub(crate) const fn spend(&mut self, is_there: bool) -> bool {
        if is_there {
            self.turn = self.turn.saturating_sub(1);
        }
        is_there
    }

    /// Whether the task may read before the driver has its turn.
    #[inline]
    pub(crate) const fn has_credit(&self) -> bool {
        self.read < READ_CREDIT
    }

    /// Counts a read, before it is known how much it brings.
    #[inline]
    pub(crate) const fn count_read(&mut self) {
        self.read = self.read.saturating_add(MIN_READ_COST);
    }

    /// Returns how many KiB were counted so far.
    pub(crate) const fn spent(&self) -> u16 {
        self.read
    }

    /// Counts the bytes that reads have brought since so many KiB were [spent](Self::spent).
    pub(crate) fn count_bytes(&mut self, spent: u16, len: usize) {
        let kib = u16::try_from(len / 1024).unwrap_or(u16::MAX);
        self.read = self.read.max(spent.saturating_add(kib));
    }

    /// Records that the task waits, so that the driver has its turn.
    pub(crate) const fn renew_credit(&mut self) {
        self.read = 0;
    }
}
