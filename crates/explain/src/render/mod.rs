//! Renderers of an [`Element`](crate::Element).

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
