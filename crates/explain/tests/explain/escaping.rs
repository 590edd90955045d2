use proptest::prelude::*;
use sansocket::Role;
use sansocket_explain::{
    Element, Options,
    render::{Colours, bit_figure, html, json, text},
};

use crate::elements;

const HOSTILE: &str = "<script>alert('\"&\u{7f}\u{202e}\x1b[31m\0\r\n</script>";

/// Elements with the text wherever a peer can put it.
fn hostile(peer_text: &str) -> Vec<Element> {
    let options = Options::frames().shown(200);
    let len = u8::try_from(peer_text.len()).unwrap();
    let text = [&[0x81, len], peer_text.as_bytes()].concat();
    let close = [&[0x88, len + 2, 3, 0xE8], peer_text.as_bytes()].concat();
    let head = format!("HTTP/1.1 101 {peer_text}\r\n{peer_text}: {peer_text}\r\n\r\n");
    let mut all = elements(&options, Role::Server, &text);
    all.extend(elements(&options, Role::Server, &close));
    all.extend(elements(&Options::default(), Role::Server, head.as_bytes()));
    all
}

#[test]
fn html_escapes_everything_that_a_peer_sends() {
    for element in hostile(HOSTILE) {
        let html = html(&element, "clauses.html");
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains('\0') && !html.contains('\x1b'), "{html}");
    }
}

#[test]
fn text_has_no_control_characters_of_a_peer() {
    for element in hostile(HOSTILE) {
        let text = text(&element, Colours::Never) + &bit_figure(&element);
        let is_control = |char: char| char.is_control() && char != '\n';
        assert!(!text.contains(is_control), "{text:?}");
    }
}

/// Returns the tags of a fragment, without what is between them.
fn tags(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1);
    tags.map(|tag| tag.split('>').next().unwrap().split(' ').next().unwrap().into()).collect()
}

proptest! {
    #[test]
    fn any_text_leaves_the_tags_of_html_as_they_are(text in "\\PC{1,20}") {
        let plain: String = text.chars().map(|_| 'x').collect();
        for (element, other) in hostile(&text).iter().zip(hostile(&plain)) {
            let (html, other) = (html(element, "c"), html(&other, "c"));
            if element.violations.is_empty() && element.root.children.len() == 6 {
                prop_assert_eq!(tags(&html), tags(&other));
            }
            let open = tags(&html).iter().filter(|tag| !tag.starts_with('/')).count();
            prop_assert_eq!(open * 2, tags(&html).len());
        }
    }

    #[test]
    fn any_bytes_give_json_that_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for options in [Options::default(), Options::handshake(), Options::frames()] {
            for element in elements(&options, Role::Server, &bytes) {
                let line = json(&element);
                prop_assert_eq!(line.matches('\n').count(), 1);
                let value: serde_json::Value = serde_json::from_str(&line).unwrap();
                prop_assert_eq!(value["root"]["field"].as_str(), Some(element.root.field.name()));
                prop_assert_eq!(value["root"]["note"].as_str(), Some(&*element.root.note));
            }
        }
    }

    #[test]
    fn every_line_of_a_bit_figure_ends_at_an_edge(
        head: [u8; 2],
        rest in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let bytes = [&head[..], &rest].concat();
        for element in elements(&Options::frames(), Role::Client, &bytes) {
            for line in bit_figure(&element).lines().skip(2) {
                prop_assert!(line.len() <= 65 && line.len() % 16 == 1, "{}", line);
                prop_assert_eq!(line.chars().next(), line.chars().last());
            }
        }
    }
}
