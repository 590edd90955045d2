//! The proof, with a real Redis and processes that are killed:
//!
//!     cargo test --test proof -- --ignored --nocapture
//!
//! It takes about a minute. What happens when is random; `SEED=7` repeats the choices.

mod chaos;
mod driver;
mod trial;
#[path = "../witness/mod.rs"]
mod witness;

use trial::{Plan, Trial};

/// Nobody misses anything while Redis keeps everything.
const WITHOUT_LOSS: Plan = Plan {
    name: "kill -9 of nodes, Redis restarted, a subscriber stopped, nodes drained",
    messages: 6_000,
    kept: "10000",
    flushes: false,
};
/// A reader that misses something is told.
const WITH_LOSS: Plan = Plan {
    name: "the same, with FLUSHALL and a log of a few hundred messages",
    messages: 4_000,
    kept: "100",
    flushes: true,
};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server, and a minute: `.ci/run scale_out`"]
async fn nothing_is_missing_unreported_or_shown_twice() {
    let kept = Trial::start(&WITHOUT_LOSS).await.run().await;
    assert_eq!((kept.counts.gaps, kept.counts.not_recovered, kept.counts.repeated), (0, 0, 0));
    // Everybody has shown everything.
    assert_eq!(kept.counts.shown, kept.published * kept.readers);
    assert!(kept.counts.resumed > 0);
    let lost = Trial::start(&WITH_LOSS).await.run().await;
    assert_eq!(lost.counts.gaps, 0);
    assert!(lost.counts.not_recovered > 0);
    println!(
        "{} messages: none missing unreported, none shown twice",
        kept.published + lost.published
    );
}
