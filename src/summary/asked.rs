//! What is shown only when asked for: covered rows (B16) and the text of a document.

use crate::{
    domain::{
        assemble,
        document::{Attachment, Document, DocumentSection, Part, Passage, Reading, Said},
        section::{SectionName, SourceName},
        summary::Item,
    },
    fhir,
};

use super::{Ask, Assembled, Error, Summaries};

/// The summary around what was asked for, and that.
#[derive(Clone, Debug)]
pub struct Asked<T> {
    /// The summary with everything that will come.
    pub assembled: Assembled,
    /// What was asked for.
    pub found: T,
}

impl Summaries {
    /// The covered rows in words, section by section; none of a forbidden section.
    ///
    /// # Errors
    /// [`Error::TwoPatients`].
    pub async fn uncover(&self, ask: &Ask) -> Result<Asked<Vec<(SectionName, Vec<Item>)>>, Error> {
        let allowed = self.allowed(ask);
        let answers = self.answers(ask, &allowed.sight).await?;
        let request = self.request(ask, &allowed);
        Ok(Asked {
            found: assemble::uncover(&request, &answers),
            assembled: Self::assembled(&request, &answers),
        })
    }

    /// The text of one document, made safe; `None` where there is no row of it to open.
    ///
    /// # Errors
    /// [`Error::TwoPatients`].
    pub async fn document(
        &self,
        ask: &Ask,
        (source, resource): (SourceName, &str),
    ) -> Result<Asked<Option<Reading>>, Error> {
        let allowed = self.allowed(ask);
        let answers = self.answers(ask, &allowed.sight).await?;
        let request = self.request(ask, &allowed);
        let found = assemble::document(&request, &answers, (source, resource));
        let assembled = Self::assembled(&request, &answers);
        let found = match found {
            Some(letter) if letter.withheld => Some(alone(letter.row, Said::Withheld)),
            Some(letter) => {
                let documents = letter.documents.into_iter().cloned().collect();
                Some(Reading {
                    protected: letter.protected,
                    ..read(letter.row, documents).await
                })
            }
            None => None,
        };
        Ok(Asked { assembled, found })
    }
}

/// Reads aside: making long markup safe would keep other requests waiting.
async fn read(row: Item, documents: Vec<Document>) -> Reading {
    let head = row.clone();
    tokio::task::spawn_blocking(move || reading(row, &documents))
        .await
        .unwrap_or_else(|_| alone(head, Said::Unreadable))
}

/// A document without its text, and why.
fn alone(row: Item, said: Said) -> Reading {
    Reading {
        parts: vec![Part {
            said: vec![said],
            ..Part::default()
        }],
        ..reading(row, &[])
    }
}

/// Everything that was sent of one document, in order.
fn reading(row: Item, documents: &[Document]) -> Reading {
    Reading {
        title: row.title,
        words: row.tags.into_iter().map(|tag| tag.word).collect(),
        date: row.date,
        facility: row.facility,
        details: row.details,
        parts: documents.iter().flat_map(parts).collect(),
        protected: false,
    }
}

fn parts(document: &Document) -> Vec<Part> {
    let whole = document.narrative.as_ref().map(|passage| {
        let mut part = Part::default();
        say(&mut part, passage);
        part
    });
    let deeper = |at: usize, section: &DocumentSection| {
        document
            .sections
            .get(at + 1)
            .is_some_and(|next| next.depth > section.depth)
    };
    let sections = document
        .sections
        .iter()
        .enumerate()
        .map(|(at, section)| part(section, deeper(at, section)));
    whole
        .into_iter()
        .chain(sections)
        .chain(document.attachments.iter().map(attached))
        .collect()
}

/// A section; one that holds others needs no text of its own.
fn part(section: &DocumentSection, holds_others: bool) -> Part {
    let mut part = Part {
        title: section.title.clone(),
        depth: section.depth,
        ..Part::default()
    };
    match &section.passage {
        Some(passage) => say(&mut part, passage),
        None if holds_others && section.entries == 0 => {}
        None => part.said.push(Said::NoText(section.entries)),
    }
    part
}

fn attached(attachment: &Attachment) -> Part {
    let mut part = Part {
        title: attachment.title.clone(),
        ..Part::default()
    };
    match &attachment.passage {
        Some(passage) => say(&mut part, passage),
        None if attachment.unreadable => part.said.push(Said::Unreadable),
        None => part
            .said
            .push(Said::CannotOpen(attachment.kind.clone(), attachment.size)),
    }
    part
}

fn say(part: &mut Part, passage: &Passage) {
    let (text, media) = fhir::safe(passage);
    if media {
        part.said.push(Said::MediaLeftOut);
    }
    if passage.cut {
        part.said.push(Said::Cut);
    }
    part.text = Some(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::Readable;

    fn passage(text: &str) -> Passage {
        Passage {
            markup: true,
            text: text.to_owned(),
            cut: false,
        }
    }

    #[test]
    fn every_section_and_attachment_is_there_in_order_and_says_what_it_lacks() {
        let section = |title: &str, depth, text: Option<&str>, entries| DocumentSection {
            title: Some(title.to_owned()),
            depth,
            passage: text.map(passage),
            entries,
            ..DocumentSection::default()
        };
        let composition = Document {
            sections: vec![
                section("構造情報", 0, None, 0),
                section("現病歴", 1, Some("<p onclick=x>腹痛<img src=x></p>"), 0),
                section("傷病名", 1, None, 2),
                section("備考", 0, None, 0),
            ],
            ..Document::default()
        };
        let reference = Document {
            attachments: vec![
                Attachment {
                    title: Some("画像".to_owned()),
                    kind: Some("application/pdf".to_owned()),
                    size: Some(2048),
                    ..Attachment::default()
                },
                Attachment {
                    unreadable: true,
                    ..Attachment::default()
                },
            ],
            ..Document::default()
        };
        let read = reading(Item::default(), &[composition, reference]);
        let said: Vec<_> = read
            .parts
            .iter()
            .map(|part| (part.title.as_deref(), part.said.clone()))
            .collect();
        assert_eq!(
            said,
            [
                (Some("構造情報"), vec![]),
                (Some("現病歴"), vec![Said::MediaLeftOut]),
                (Some("傷病名"), vec![Said::NoText(2)]),
                (Some("備考"), vec![Said::NoText(0)]),
                (
                    Some("画像"),
                    vec![Said::CannotOpen(
                        Some("application/pdf".to_owned()),
                        Some(2048)
                    )]
                ),
                (None, vec![Said::Unreadable]),
            ]
        );
        let html = Readable::Markup("<p>腹痛</p>".to_owned());
        assert_eq!(read.parts[1].text, Some(html));
    }

    #[test]
    fn a_text_that_is_not_shown_says_so() {
        let read = alone(Item::default(), Said::Withheld);
        assert_eq!(read.parts.len(), 1);
        assert_eq!(read.parts[0].said, [Said::Withheld]);
        assert_eq!(read.parts[0].text, None);
    }

    #[test]
    fn a_part_of_a_text_is_never_the_whole() {
        let cut = Document {
            narrative: Some(Passage {
                markup: false,
                text: "はじめ".to_owned(),
                cut: true,
            }),
            ..Document::default()
        };
        assert_eq!(parts(&cut)[0].said, [Said::Cut]);
    }
}
