//! Parses `docs/clauses.md`: what a WebSocket endpoint has to do, in our own words.

/// All of the file.
#[derive(Debug, Default)]
pub(crate) struct Clauses {
    /// The text before the first chapter.
    pub(crate) preface: String,
    pub(crate) chapters: Vec<Chapter>,
}

/// The clauses of one RFC, or our own.
#[derive(Debug)]
pub(crate) struct Chapter {
    /// What ids begin with: `6455`, or `own`.
    pub(crate) document: String,
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) sections: Vec<Section>,
}

#[derive(Debug)]
pub(crate) struct Section {
    /// Such as `6455-5.5.1`.
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) note: String,
    pub(crate) clauses: Vec<Clause>,
}

#[derive(Debug)]
pub(crate) struct Clause {
    /// Such as `6455-5.5.1-3`.
    pub(crate) id: String,
    pub(crate) role: String,
    pub(crate) level: String,
    /// The rule, and perhaps an exception after it.
    text: String,
}

const ROLES: [&str; 4] = ["client", "server", "both", "intermediary"];

/// The words of RFC 2119; `own` is a decision of ours.
const LEVELS: [&str; 4] = ["must", "should", "may", "own"];

/// Why no test shows that a clause is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception<'a> {
    /// It is about something that this crate is not or does not have, or about its users.
    DoesNotApply(&'a str),
    /// It is broken.
    NotKept(&'a str),
}

/// The text between a rule and the reason for an exception.
const DOES_NOT_APPLY: &str = " Does not apply: ";
const NOT_KEPT: &str = " Not kept: ";

impl Clauses {
    /// Reads chapters (`# RFC 6455: title`), sections (`## 5.5.1: title`) and clauses
    /// (`- 6455-5.5.1-3 (role, level): text`, perhaps `Does not apply: reason` or `Not kept:
    /// reason`). Everything else is prose that belongs to what precedes it.
    ///
    /// # Panics
    ///
    /// Where a line has another form.
    pub(crate) fn parse(text: &str) -> Self {
        let mut clauses = Self::default();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("# ") {
                clauses.chapters.push(Chapter::new(title));
            } else if let Some(title) = line.strip_prefix("## ") {
                let chapter = clauses.chapters.last_mut().expect("a section is in a chapter");
                chapter.sections.push(Section::new(&chapter.document, title));
            } else if let Some(item) = line.strip_prefix("- ") {
                let section = clauses.last_section().expect("a clause is in a section");
                section.clauses.push(Clause::parse(item));
            } else if let Some(more) = line.strip_prefix("  ") {
                let section = clauses.last_section();
                let clause = section.and_then(|section| section.clauses.last_mut());
                let text = &mut clause.expect("a clause goes on").text;
                text.push(' ');
                text.push_str(more);
            } else {
                let prose = clauses.prose();
                prose.push_str(line);
                prose.push('\n');
            }
        }
        clauses
    }

    pub(crate) fn sections(&self) -> impl Iterator<Item = &Section> {
        self.chapters.iter().flat_map(|chapter| &chapter.sections)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Clause> {
        self.sections().flat_map(|section| &section.clauses)
    }

    fn last_section(&mut self) -> Option<&mut Section> {
        self.chapters.last_mut()?.sections.last_mut()
    }

    /// Where the following prose belongs.
    fn prose(&mut self) -> &mut String {
        match self.chapters.last_mut() {
            None => &mut self.preface,
            Some(chapter) => match chapter.sections.last_mut() {
                None => &mut chapter.note,
                Some(section) => &mut section.note,
            },
        }
    }
}

impl Chapter {
    fn new(title: &str) -> Self {
        let (name, _) = title.split_once(": ").expect("a chapter is `# RFC 6455: title`");
        let document = name.strip_prefix("RFC ").unwrap_or(name).to_lowercase();
        Self { document, title: title.into(), note: String::new(), sections: Vec::new() }
    }
}

impl Section {
    fn new(document: &str, title: &str) -> Self {
        let (number, _) = title.split_once(": ").expect("a section is `## 5.5.1: title`");
        let key = format!("{document}-{number}");
        Self { key, title: title.into(), note: String::new(), clauses: Vec::new() }
    }
}

impl Clause {
    fn parse(item: &str) -> Self {
        let parts = item.split_once(" (").and_then(|(id, rest)| {
            let (kind, text) = rest.split_once("): ")?;
            let (role, level) = kind.split_once(", ")?;
            Some((id, role, level, text))
        });
        let Some((id, role, level, text)) = parts else {
            panic!("a clause is `- id (role, level): text`, not {item:?}");
        };
        assert!(ROLES.contains(&role), "role {role} of {id}");
        assert!(LEVELS.contains(&level), "level {level} of {id}");
        let [id, role, level, text] = [id, role, level, text].map(String::from);
        Self { id, role, level, text }
    }

    pub(crate) fn exception(&self) -> Option<Exception<'_>> {
        let reason = |mark| self.text.split_once(mark).map(|(_, reason)| reason);
        let does_not_apply = reason(DOES_NOT_APPLY).map(Exception::DoesNotApply);
        does_not_apply.or_else(|| reason(NOT_KEPT).map(Exception::NotKept))
    }

    pub(crate) fn rule(&self) -> &str {
        let rule = self.text.split(DOES_NOT_APPLY).next().unwrap_or_default();
        rule.split(NOT_KEPT).next().unwrap_or_default()
    }
}

#[test]
fn clauses_are_read() {
    let clauses = Clauses::parse(
        "Preface.\n\n# RFC 6455: Title\n\nNote.\n\n## 5.5.1: Close\n\nSection.\n\n\
         - 6455-5.5.1-1 (both, must): One, which\n  goes on.\n\
         - 6455-5.5.1-2 (client, may): Two. Not kept:\n  it is not.\n\
         - 6455-5.5.1-3 (both, may): Three. Does not apply: no.\n\
         # Own: ours\n## server: Opening\n- own-server-1 (server, own): Four.\n",
    );
    assert_eq!(clauses.preface, "Preface.\n\n");
    let [rfc, own] = &clauses.chapters[..] else {
        panic!("{clauses:?}");
    };
    assert_eq!(
        (&*rfc.document, &*rfc.title, &*rfc.note),
        ("6455", "RFC 6455: Title", "\nNote.\n\n")
    );
    let section = &rfc.sections[0];
    assert_eq!((&*section.key, &*section.title), ("6455-5.5.1", "5.5.1: Close"));
    assert_eq!(section.note, "\nSection.\n\n");
    assert_eq!((&*own.document, &*own.sections[0].key), ("own", "own-server"));
    let read: Vec<_> =
        clauses.all().map(|c| (&*c.id, &*c.role, &*c.level, c.rule(), c.exception())).collect();
    let expected = [
        ("6455-5.5.1-1", "both", "must", "One, which goes on.", None),
        ("6455-5.5.1-2", "client", "may", "Two.", Some(Exception::NotKept("it is not."))),
        ("6455-5.5.1-3", "both", "may", "Three.", Some(Exception::DoesNotApply("no."))),
        ("own-server-1", "server", "own", "Four.", None),
    ];
    assert_eq!(read, expected);
}
