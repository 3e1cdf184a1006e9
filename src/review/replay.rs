//! What a view showed, read back from its sealed content.

use serde::de::DeserializeOwned;

use crate::{
    domain::{
        access::{IdentifiedBy, Person},
        document::Reading,
        section::{Language, SectionName, State},
        summary::{Item, Kept, Section, SourceState, Summary},
        words::records,
    },
    ledger::{Opened, ReadEntry, Recorded},
};

/// One view, as it was.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The entry.
    pub entry: ReadEntry,
    /// What was shown.
    pub content: Content,
}

/// Rows of some sections.
type Rows = Vec<(SectionName, Vec<Item>)>;

/// What a view's entry names as shown.
#[derive(Clone, Debug)]
pub enum Content {
    /// The screen or the print page.
    Summary(Box<Summary>),
    /// Covered rows that were uncovered.
    Uncovered(Box<Kept<Rows>>),
    /// The text of a document.
    Document(Box<Kept<Reading>>),
    /// Its key was erased.
    Erased,
    /// It is there and cannot be opened or read.
    Unreadable,
}

impl Replay {
    /// `None` for an entry that is no view.
    pub(super) fn of(recorded: Recorded) -> Option<Self> {
        let Recorded { entry, shown } = recorded;
        let content = match shown? {
            Opened::Clear(json) => Content::read(&word(&entry, "method"), &json),
            Opened::Erased => Content::Erased,
            Opened::Sealed | Opened::Unreadable => Content::Unreadable,
        };
        Some(Self { entry, content })
    }

    /// The language it was shown in.
    #[must_use]
    pub fn language(&self) -> Language {
        match &*word(&self.entry, "language") {
            "en" => Language::En,
            _ => Language::Ja,
        }
    }

    /// How the patient had been identified when it was shown, as far as the entry says.
    #[must_use]
    pub fn identified_by(&self) -> Option<IdentifiedBy> {
        let word = self.entry.fields.get("identified_by")?;
        serde_json::from_value(word.clone()).ok()
    }

    /// How it was shown, as the entry's word.
    #[must_use]
    pub fn method(&self) -> String {
        word(&self.entry, "method")
    }

    /// The patient, where the key is there.
    #[must_use]
    pub fn person(&self) -> Option<Person> {
        self.entry.person()
    }

    /// The sections with the names of their items and no value: no result, dose, reaction, date
    /// or remark.
    #[must_use]
    pub fn outline(&self) -> Vec<(SectionName, Section)> {
        match &self.content {
            Content::Summary(summary) => summary
                .sections
                .iter()
                .map(|(name, section)| (*name, outlined(section)))
                .collect(),
            Content::Uncovered(kept) => kept
                .shown
                .iter()
                .map(|(name, items)| (*name, present(vec![self.covered(items.len())])))
                .collect(),
            Content::Document(kept) => {
                let row = Item {
                    title: kept.shown.title.clone(),
                    ..Item::default()
                };
                vec![(SectionName::Documents, present(vec![row]))]
            }
            Content::Erased | Content::Unreadable => Vec::new(),
        }
    }

    /// What stands for rows that were uncovered: here their names are what was covered.
    fn covered(&self, count: usize) -> Item {
        Item {
            title: (records::records(self.language()).covered)(count),
            covered: true,
            ..Item::default()
        }
    }
}

impl Content {
    fn read(method: &str, json: &str) -> Self {
        fn parsed<T: DeserializeOwned>(json: &str, content: fn(Box<T>) -> Content) -> Content {
            serde_json::from_str(json).map_or(Content::Unreadable, |it| content(Box::new(it)))
        }
        match method {
            "screen" | "late" | "print" => parsed(json, Self::Summary),
            "uncovered" => parsed(json, Self::Uncovered),
            "document" => parsed(json, Self::Document),
            _ => Self::Unreadable,
        }
    }
}

/// A section of items alone.
#[must_use]
pub fn present(items: Vec<Item>) -> Section {
    Section {
        state: State::Present,
        sources: Vec::new(),
        partial: None,
        items,
        notes: Vec::new(),
    }
}

fn outlined(section: &Section) -> Section {
    let sources = section.sources.iter().map(|source| SourceState {
        why: None,
        ..source.clone()
    });
    let items = section.items.iter().map(|item| Item {
        title: item.title.clone(),
        group: item.group.clone(),
        source: item.source,
        also_from: item.also_from.clone(),
        covered: item.covered,
        past: item.past,
        ..Item::default()
    });
    Section {
        state: section.state,
        sources: sources.collect(),
        partial: section.partial.clone(),
        items: items.collect(),
        notes: Vec::new(),
    }
}

fn word(entry: &ReadEntry, field: &str) -> String {
    let field = entry.fields.get(field).and_then(|field| field.as_str());
    field.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_names_items_and_holds_no_value() {
        let item = Item {
            text: "ワルファリン 1mg 30日分".to_owned(),
            title: "ワルファリン".to_owned(),
            value: Some("1mg".to_owned()),
            date: Some("2026-11-20".to_owned()),
            details: vec!["30日分".to_owned()],
            resource: "MedicationDispense/1".to_owned(),
            ..Item::default()
        };
        let mut section = present(vec![item]);
        section.notes = vec!["なし（本人・家族、2026-11-01確認）".to_owned()];
        let outline = outlined(&section);
        let json = serde_json::to_string(&outline).unwrap();
        assert!(json.contains("ワルファリン"), "{json}");
        for value in ["1mg", "2026-11", "30日分", "Dispense", "本人"] {
            assert!(!json.contains(value), "{value} in {json}");
        }
    }

    #[test]
    fn what_is_not_the_content_of_a_view_is_unreadable_and_never_empty() {
        for (method, json) in [("screen", "{}"), ("document", "[]"), ("other", "{}")] {
            let content = Content::read(method, json);
            assert!(matches!(content, Content::Unreadable), "{method}");
        }
    }
}
