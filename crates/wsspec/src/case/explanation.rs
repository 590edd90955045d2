use std::fmt::Write as _;

use sansocket::Role;
use sansocket_explain::{
    Explainer, Options,
    render::{Colours, text},
};

use super::{Case, Opening, Part, Step};

impl Case {
    /// Returns the case in words: what is sent, with the bytes of each frame, what may come back, and why.
    ///
    /// ```
    /// use wsspec::{Case, text};
    ///
    /// let case = Case::must("rfc6455/5.1/unmasked-text", "A text that is not masked")
    ///     .for_servers()
    ///     .rule("6455-5.1-2")
    ///     .why("A cache could take it for a response.")
    ///     .send([text("Hello").wrongly_masked()])
    ///     .fails(1002);
    /// let explained = case.explained();
    /// assert!(explained.contains("send a text \"Hello\", masked the wrong way"));
    /// assert!(explained.contains("a Close frame with 1002"));
    /// ```
    #[must_use]
    pub fn explained(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{} ({})\n{}\n", self.id(), self.level(), self.title());
        let _ = writeln!(out, "why       {}", self.reason());
        let _ = writeln!(out, "rules     {}", self.rules().join(", "));
        if !self.autobahn_ids().is_empty() {
            let _ = writeln!(out, "autobahn  {}", self.autobahn_ids().join(", "));
        }
        out.push('\n');
        let roles = [Role::Server, Role::Client].into_iter().filter(|role| self.is_for(*role));
        match self.opening() {
            Opening::Plain => out.push_str("open a connection\n"),
            Opening::Deflate { offer, answer } => {
                let _ = writeln!(
                    out,
                    "open a connection: offer a server, or answer a client:\n    {offer}\n    {answer}"
                );
            }
            Opening::Head(head) => {
                let _ = writeln!(out, "open a connection with:");
                for line in head.to_string().lines() {
                    let _ = writeln!(out, "    {}", line.escape_debug());
                }
            }
        }
        let sender = roles.clone().next().unwrap_or(Role::Server).peer();
        for step in self.script() {
            let _ = writeln!(out, "{step}");
            if let Step::Send(parts) | Step::SendInPieces(_, parts) = step {
                self.bytes(parts, sender, &mut out);
            }
        }
        out.push_str("\naccepted\n");
        for outcome in self.outcomes() {
            let _ = writeln!(out, "    {outcome}");
        }
        for demand in self.all_demands() {
            let _ = writeln!(out, "    and {demand}");
        }
        out
    }

    fn bytes(&self, parts: &[Part], sender: Role, out: &mut String) {
        let mut explainer = Explainer::new(&Options::frames().extensions_unknown());
        for part in parts.iter().take(8) {
            let bytes = match part {
                Part::Frame(frame) => frame.encode(sender, [0x37, 0xFA, 0x21, 0x3D]),
                Part::Raw(bytes) => bytes.to_vec(),
            };
            let mut input = &bytes[..];
            let mut elements: Vec<_> =
                std::iter::from_fn(|| explainer.explain(sender, &mut input)).collect();
            if elements.is_empty() {
                // It is cut off.
                elements.extend(explainer.end(sender));
            }
            for line in elements
                .iter()
                .map(|element| text(element, Colours::Never))
                .collect::<String>()
                .lines()
            {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
}
