/// A file of the page.
#[derive(Debug)]
pub(super) struct Asset {
    pub(super) path: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
}

macro_rules! asset {
    ($kind:literal, $name:literal) => {
        Asset {
            path: concat!("/", $name),
            kind: concat!($kind, "; charset=utf-8"),
            text: include_str!(concat!("page/", $name)),
        }
    };
}

macro_rules! script {
    ($name:literal) => {
        asset!("text/javascript", $name)
    };
}

/// All files of the page.
pub(super) const ALL: &[Asset] = &[
    Asset { path: "/", ..asset!("text/html", "index.html") },
    asset!("image/svg+xml", "icon.svg"),
    asset!("text/css", "theme.css"),
    asset!("text/css", "layout.css"),
    asset!("text/css", "controls.css"),
    asset!("text/css", "diagram.css"),
    asset!("text/css", "views.css"),
    script!("attempts.js"),
    script!("byte_view.js"),
    script!("bytes.js"),
    script!("composer.js"),
    script!("compression.js"),
    script!("connector.js"),
    script!("diagram.js"),
    script!("element.js"),
    script!("ends.js"),
    script!("explanation.js"),
    script!("field_tree.js"),
    script!("gallery.js"),
    script!("link.js"),
    script!("main.js"),
    script!("message_list.js"),
    script!("program.js"),
    script!("roving.js"),
    script!("share.js"),
    script!("spans.js"),
    script!("tabs.js"),
    script!("theme.js"),
];
