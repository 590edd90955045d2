//! Renderers of an [`Element`](crate::Element): text for a terminal, a figure of the bits, a line of JSON
//! and a fragment of HTML.
//!
//! Everything from a peer is escaped: no control character reaches a terminal, and no tag a page.

mod bit_figure;
mod colours;
mod html;
mod json;
mod text;

pub use bit_figure::bit_figure;
pub use colours::Colours;
pub use html::html;
pub use json::json;
pub use text::text;

/// The style of the fragments that [`html`](fn@html) returns, for the `style` of a page: colours as custom
/// properties, light and dark, with a contrast of at least 4.5.
///
/// ```
/// use sansocket_explain::render::STYLE;
///
/// assert!(STYLE.contains("article.client") && STYLE.contains("prefers-color-scheme: dark"));
/// assert!(!STYLE.contains('<') && !STYLE.contains("url("));
/// ```
pub const STYLE: &str = include_str!("elements.css");
