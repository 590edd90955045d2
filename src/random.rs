//! Unpredictable bytes for mask keys, handshake nonces and delays.

use core::{fmt, time::Duration};

use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::ChaCha12Rng};

/// 32 secret, unpredictable bytes, from which a client's mask keys are derived.
///
/// With the feature `std`, `Seed::from_os` asks the operating system for one. Without it, get the
/// bytes from a hardware generator. Use a seed for one connection only.
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Creates a seed with the operating system's generator.
    ///
    /// # Errors
    ///
    /// The system has no generator, or it failed.
    #[cfg(feature = "std")]
    pub fn from_os() -> std::io::Result<Self> {
        use rand::TryRng as _;

        let mut seed = [0; 32];
        rand::rngs::SysRng.try_fill_bytes(&mut seed).map_err(std::io::Error::other)?;
        Ok(Self(seed))
    }
}

impl From<[u8; 32]> for Seed {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Seed {
    // Every later mask key can be computed from the seed: keep it out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A cryptographically secure random generator, seeded once.
pub struct Random(ChaCha12Rng);

impl Random {
    /// Creates a generator. The seed determines its output.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self(ChaCha12Rng::from_seed(seed.0))
    }

    /// Generates the bytes of a fresh masking key (RFC 6455 5.3).
    pub fn mask_key(&mut self) -> [u8; 4] {
        self.0.next_u32().to_le_bytes()
    }

    /// Generates a fresh nonce for a client's `Sec-WebSocket-Key` (RFC 6455 4.1).
    pub fn nonce(&mut self) -> [u8; 16] {
        let mut nonce = [0; 16];
        self.0.fill_bytes(&mut nonce);
        nonce
    }

    /// Generates a duration from zero to `max`, uniformly distributed.
    pub(crate) fn duration_up_to(&mut self, max: Duration) -> Duration {
        self.0.random_range(Duration::ZERO..=max)
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random(..)")
    }
}

#[cfg(test)]
mod tests {
    // Shows 6455-5.3-3.
    #[cfg(feature = "std")]
    #[test]
    fn no_part_of_a_seed_of_the_operating_system_is_fixed() {
        let seeds: [[u8; 32]; 64] = core::array::from_fn(|_| super::Seed::from_os().unwrap().0);
        for at in 0..32 {
            let values: alloc::collections::BTreeSet<u8> =
                seeds.iter().map(|seed| seed[at]).collect();
            // Of 64 random bytes about 57 differ. With a counter or a clock, only a few positions
            // would vary.
            assert!(values.len() > 32, "byte {at} is one of {values:?}");
        }
    }
}
