//! The sections of a screen as the template prints them, kept with the assembly they were drawn
//! from: looks at what has not changed copy bytes.

use std::sync::Arc;

use askama::Template;

use crate::{
    domain::{
        section::{Freshness, SectionName},
        summary::{Section, Summary},
    },
    web::{error::Problem, handlers::summary::Shown, text::Text},
};

use super::{
    Frame,
    plan::{BLOCKS, Plan},
    section::{Making, SectionPart},
};

/// All sections of one screen.
pub(super) struct Drawn {
    of: Of,
    /// Where the blocks stand.
    pub(super) arrangement: &'static str,
    /// Blocks of sections; reading order is the order of the page.
    blocks: Vec<(&'static str, Vec<Fragment>)>,
}

/// What a drawing depends on beside its assembly.
#[derive(PartialEq, Eq)]
struct Of {
    patient_key: String,
    is_in_two_steps: bool,
    /// In minutes, of each answer whose age is said.
    ages: Vec<i64>,
}

enum Fragment {
    /// The same for every viewer.
    Ready(Arc<str>),
    /// It holds what only this viewer's page may ask for; with the rows in view.
    Asking(SectionName, Vec<bool>),
}

/// Sections that stand together.
pub(super) struct Block {
    /// Its word in the page's classes.
    pub(super) name: &'static str,
    /// In reading order.
    pub(super) sections: Vec<Printed>,
}

impl Block {
    /// The sections that are drawn for this viewer.
    pub(super) fn asking(&self) -> impl Iterator<Item = &SectionPart> {
        self.sections.iter().filter_map(|section| match section {
            Printed::Ready(_) => None,
            Printed::Asking(part) => Some(&**part),
        })
    }
}

/// A section on its way into a page.
pub(super) enum Printed {
    /// Its bytes, drawn by its own template.
    Ready(Arc<str>),
    /// To be drawn for this viewer.
    Asking(Box<SectionPart>),
}

#[derive(Template)]
#[template(path = "parts/section.html")]
struct SectionHtml<'a> {
    frame: &'a Frame,
    t: &'static Text,
    section: &'a SectionPart,
}

impl Drawn {
    /// The screen of what was assembled: the one drawn before where nothing on it would be
    /// different, or a new one.
    ///
    /// # Errors
    /// [`Problem::TwoPatients`], [`Problem::Broken`] where a section is not there at all.
    pub(super) fn of(
        shown: &Shown,
        how: Making<'_>,
        frame: &Frame,
        is_in_two_steps: bool,
    ) -> Result<Arc<Self>, Problem> {
        let summary = &shown.assembled.summary;
        let of = Of {
            patient_key: shown.grant.patient_key.0.clone(),
            is_in_two_steps,
            ages: ages(summary, how),
        };
        let kept = shown.assembled.drawn();
        if let Some(drawn) = kept.and_then(|kept| kept.downcast::<Self>().ok())
            && drawn.of == of
        {
            return Ok(drawn);
        }
        let plan = Plan::of(summary, is_in_two_steps);
        let blocks = BLOCKS
            .into_iter()
            .map(|(block, names)| {
                let fragments = names
                    .iter()
                    .map(|name| Fragment::of(*name, shown, how, frame, plan.kept(*name)));
                Ok((block, fragments.collect::<Result<_, Problem>>()?))
            })
            .collect::<Result<_, Problem>>()?;
        let drawn = Arc::new(Self {
            of,
            arrangement: plan.arrangement.word(),
            blocks,
        });
        shown.assembled.keep_drawn(Arc::clone(&drawn) as _);
        Ok(drawn)
    }

    /// Bytes of what is ready: about what a page of it takes.
    pub(super) fn bytes(&self) -> usize {
        let fragments = self.blocks.iter().flat_map(|(_, fragments)| fragments);
        fragments
            .map(|fragment| match fragment {
                Fragment::Ready(html) => html.len(),
                Fragment::Asking(..) => 0,
            })
            .sum()
    }

    /// Whose sections these are.
    pub(super) fn patient_key(&self) -> &str {
        &self.of.patient_key
    }

    /// The blocks for one viewer's page.
    ///
    /// # Errors
    /// [`Problem::Broken`] where a section is not there at all.
    pub(super) fn blocks(&self, shown: &Shown, how: Making<'_>) -> Result<Vec<Block>, Problem> {
        let print = |fragment: &Fragment| match fragment {
            Fragment::Ready(html) => Ok(Printed::Ready(Arc::clone(html))),
            Fragment::Asking(name, kept) => {
                Ok(Printed::Asking(Box::new(part(*name, shown, how, kept)?)))
            }
        };
        self.blocks
            .iter()
            .map(|(name, fragments)| {
                Ok(Block {
                    name,
                    sections: fragments
                        .iter()
                        .map(print)
                        .collect::<Result<_, Problem>>()?,
                })
            })
            .collect()
    }
}

impl Fragment {
    fn of(
        name: SectionName,
        shown: &Shown,
        how: Making<'_>,
        frame: &Frame,
        kept: &[bool],
    ) -> Result<Self, Problem> {
        let section = part(name, shown, how, kept)?;
        // Not by what this viewer may ask for: another one's page is made of the same drawing.
        if name == SectionName::Documents || section.rows.iter().any(|row| row.covered) {
            return Ok(Self::Asking(name, kept.to_vec()));
        }
        let html = SectionHtml {
            frame,
            t: how.t,
            section: &section,
        };
        Ok(Self::Ready(html.render()?.into()))
    }
}

/// # Errors
/// [`Problem::Broken`] where the section is missing: a screen without it would read as "nothing".
fn part(
    name: SectionName,
    shown: &Shown,
    how: Making<'_>,
    kept: &[bool],
) -> Result<SectionPart, Problem> {
    let section = shown
        .assembled
        .summary
        .sections
        .get(&name)
        .ok_or(Problem::Broken)?;
    let key = &shown.grant.patient_key.0;
    Ok(SectionPart::folded(name, section, key, how, kept))
}

/// The ages that the screen says, in minutes.
fn ages(summary: &Summary, how: Making<'_>) -> Vec<i64> {
    summary
        .sections
        .values()
        .flat_map(|section: &Section| &section.sources)
        .filter(|source| source.freshness == Freshness::Stale)
        .filter_map(|source| source.fetched_at)
        .map(|at| how.now.signed_duration_since(at).num_minutes())
        .collect()
}
