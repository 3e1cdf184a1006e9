//! What a view showed, shown again to an auditor and marked as such.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    domain::{
        clock::{Moment, japanese_time},
        section::{SectionName, State},
        summary::Summary,
    },
    review::{Content, Names, Replay, present},
    web::{context::Context, error::Problem, text::Text},
};

use super::{
    Frame,
    banner::{Around, Banner},
    document::Text as DocumentText,
    page,
    plan::{BLOCKS, Plan},
    section::{Making, Medium, SectionPart},
    summary::check_one_patient,
};

/// The page.
#[derive(Template)]
#[template(path = "pages/replay.html")]
pub(in crate::web) struct ReplayPage {
    frame: Frame,
    /// The words of the language it was shown in.
    t: &'static Text,
    /// The words of the auditor's language: for the mark and all that is not the replay itself.
    own: &'static Text,
    patient_key: Option<String>,
    /// When, to whom, where, by which receipt; and by whom and when it is shown again.
    facts: Vec<(&'static str, String)>,
    /// What is said of the content besides.
    said: Option<&'static str>,
    banner: Option<Banner>,
    /// Where values are asked for, with the names alone.
    form: Option<String>,
    is_screen: bool,
    arrangement: &'static str,
    blocks: Vec<Block>,
    document: Option<DocumentText>,
    foot: Option<Vec<String>>,
}

/// Sections that stand together.
struct Block {
    name: &'static str,
    sections: Vec<SectionPart>,
}

/// Who looks again, and at what.
pub(in crate::web) struct Again<'a> {
    /// The auditor.
    pub(in crate::web) viewer: &'a Viewer,
    /// The record.
    pub(in crate::web) replay: &'a Replay,
    /// What ids stand for.
    pub(in crate::web) names: &'a Names,
    /// The present.
    pub(in crate::web) now: Moment,
}

impl ReplayPage {
    /// The names of what was shown, and the form that asks for values.
    ///
    /// # Errors
    /// [`Problem::TwoPatients`].
    pub(in crate::web) fn names(
        context: &Context,
        again: &Again<'_>,
        path: &str,
    ) -> Result<Self, Problem> {
        let mut made = Self::empty(context, again);
        let outline = again.replay.outline();
        let key = made.patient_key.clone().unwrap_or_default();
        let how = made.how(again);
        let sections = outline
            .iter()
            .map(|(name, section)| SectionPart::new(*name, section, &key, how))
            .collect();
        made.put(vec![Block {
            name: "names",
            sections,
        }])?;
        made.form = made.said.is_none().then(|| path.to_owned());
        Ok(made)
    }

    /// All that was shown.
    ///
    /// # Errors
    /// [`Problem::TwoPatients`], [`Problem::Broken`].
    pub(in crate::web) fn values(context: &Context, again: &Again<'_>) -> Result<Self, Problem> {
        let mut made = Self::empty(context, again);
        let key = made.patient_key.clone().unwrap_or_default();
        match &again.replay.content {
            Content::Summary(summary) => {
                made.banner = Some(made.banner_of(again, &Around::of(summary)));
                made.summary(again, summary, &key)?;
            }
            Content::Uncovered(kept) => {
                made.banner = Some(made.banner_of(again, &Around::kept(kept)));
                made.said = Some(made.own.replay.uncovered);
                let how = made.how(again);
                let sections = kept
                    .shown
                    .iter()
                    .map(|(name, items)| {
                        SectionPart::new(*name, &present(items.clone()), &key, how)
                    })
                    .collect();
                made.put(vec![Block {
                    name: "uncovered",
                    sections,
                }])?;
            }
            Content::Document(kept) => {
                made.banner = Some(made.banner_of(again, &Around::kept(kept)));
                made.document = Some(DocumentText::of(&kept.shown, &key, made.t));
            }
            Content::Erased | Content::Unreadable => {}
        }
        Ok(made)
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, StatusCode::OK)
    }

    fn empty(context: &Context, again: &Again<'_>) -> Self {
        let own = context.text();
        let shown = context.clone().in_language(again.replay.language());
        let mut frame = Frame::new(context, Some(again.viewer), own.replay.title);
        // The address holds a name of this session; the list makes a new one.
        "/audit".clone_into(&mut frame.back);
        Self {
            frame,
            t: shown.text(),
            own,
            patient_key: again.replay.entry.patient.as_ref().map(|key| key.0.clone()),
            facts: facts(again, own),
            said: match again.replay.content {
                Content::Erased => Some(own.replay.erased),
                Content::Unreadable => Some(own.replay.unreadable),
                Content::Summary(_) | Content::Uncovered(_) | Content::Document(_) => None,
            },
            banner: None,
            form: None,
            is_screen: false,
            arrangement: "",
            blocks: Vec::new(),
            document: None,
            foot: None,
        }
    }

    /// Ages count from when it was shown; nothing leads anywhere.
    fn how(&self, again: &Again<'_>) -> Making<'static> {
        let is_paper = again.replay.method() == "print";
        Making {
            t: self.t,
            now: again.replay.entry.wall,
            medium: if is_paper {
                Medium::Paper
            } else {
                Medium::Screen
            },
            asking: None,
        }
    }

    fn banner_of(&self, again: &Again<'_>, around: &Around<'_>) -> Banner {
        let replay = again.replay;
        let person = replay.person();
        Banner {
            patient_key: self.patient_key.clone().unwrap_or_default(),
            receipt: replay.entry.receipt.clone(),
            unconfirmed: person.is_some_and(|person| person.patient.is_none()),
            ..Banner::around(around, replay.identified_by(), self.t)
        }
    }

    /// The sections as they stood: on the screen in their blocks and folds, on paper in one column.
    fn summary(&mut self, again: &Again<'_>, summary: &Summary, key: &str) -> Result<(), Problem> {
        let how = self.how(again);
        let is_screen = how.medium == Medium::Screen;
        let is_in_two_steps = again.replay.method() == "late"
            || summary
                .sections
                .values()
                .any(|section| section.state == State::Coming);
        let plan = if is_screen {
            Plan::of(summary, is_in_two_steps)
        } else {
            Plan::whole()
        };
        let part = |name: &SectionName| {
            let section = summary.sections.get(name).ok_or(Problem::Broken)?;
            Ok(SectionPart::folded(
                *name,
                section,
                key,
                how,
                plan.kept(*name),
            ))
        };
        let blocks = BLOCKS
            .into_iter()
            .map(|(name, names)| {
                let sections = names.iter().map(part).collect::<Result<_, Problem>>()?;
                Ok(Block { name, sections })
            })
            .collect::<Result<_, Problem>>()?;
        self.is_screen = is_screen;
        self.arrangement = plan.arrangement.word();
        self.foot = Some(vec![
            format!(
                "{} {}",
                self.t.summary.as_of,
                summary.as_of.format("%Y-%m-%d")
            ),
            (self.t.summary.accounting)(
                summary.accounting.shown + summary.accounting.merged,
                summary.accounting.on_screen(),
            ),
        ]);
        self.put(blocks)
    }

    fn put(&mut self, blocks: Vec<Block>) -> Result<(), Problem> {
        let key = self.patient_key.as_deref().unwrap_or_default();
        check_one_patient(key, blocks.iter().flat_map(|block| &block.sections))?;
        self.blocks = blocks;
        Ok(())
    }
}

fn facts(again: &Again<'_>, own: &'static Text) -> Vec<(&'static str, String)> {
    let entry = &again.replay.entry;
    let time = |at| japanese_time(at).format("%Y-%m-%d %H:%M:%S").to_string();
    let who = entry.account.as_ref().map(|id| again.names.account(id));
    let place = entry.terminal.as_ref().map(|id| again.names.terminal(id));
    let method = again.replay.method();
    let method = (own.replay.methods)(&method).map_or(method.clone(), str::to_owned);
    let mut facts = vec![
        (own.replay.shown_at, time(entry.wall)),
        (own.replay.shown_to, who.unwrap_or_default().to_owned()),
        (own.audit.terminal, place.unwrap_or_default().to_owned()),
        (own.replay.method, method),
        (own.replay.entry, format!("{}/{}", entry.node, entry.seq)),
    ];
    facts.extend(
        entry
            .receipt
            .clone()
            .map(|receipt| (own.audit.receipt, receipt)),
    );
    let again = format!("{} {}", again.viewer.name, time(again.now.wall));
    facts.push((own.replay.replayed, again));
    facts
}
