use sansocket_explain::Element;

/// A part of the page: what happens, and the elements that cross.
#[derive(Debug)]
pub(super) struct Chapter {
    /// Its anchor.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What happens, a paragraph each.
    pub(super) text: &'static [&'static str],
    pub(super) elements: Vec<Element>,
}
