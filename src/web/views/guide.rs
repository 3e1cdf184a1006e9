//! Every part of the pages on one page: what is changed in one place is looked at in one place.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    domain::section::{SectionName, SourceName, State},
    web::{context::Context, error::Problem, text::Text},
};

use super::{
    Choice, Frame,
    banner::{Banner, NoticePart, StripItemPart, StripPart},
    page,
    section::{Fold, HeadingPart, RowPart, SectionPart, SourcePart, TagPart, digit},
    trend::{Dot, TrendPart},
};

/// The page.
#[derive(Template)]
#[template(path = "pages/guide.html")]
pub(in crate::web) struct GuidePage {
    frame: Frame,
    t: &'static Text,
    banner: Banner,
    sections: Vec<SectionPart>,
    tags: Vec<TagPart>,
    icons: Vec<(&'static str, String)>,
    colours: [&'static str; 8],
    sizes: [&'static str; 5],
    flash: Option<String>,
}

/// The key that every fragment of this page carries: nobody's.
const NOBODY: &str = "sample";

impl GuidePage {
    /// The page in the browser's language.
    pub(in crate::web) fn new(context: &Context) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, None, t.guide.title);
        "/styleguide".clone_into(&mut frame.back);
        let states = [
            State::Present,
            State::NoneKnown,
            State::ReportedEmpty,
            State::NotAsked,
            State::NotCovered,
            State::Withheld,
            State::NotFetched,
            State::Coming,
        ];
        Self {
            frame,
            t,
            banner: banner(t),
            sections: SectionName::ALL
                .into_iter()
                .zip(states)
                .map(|(name, state)| section(name, state, t))
                .collect(),
            tags: tags(t),
            icons: ["danger", "warning", "info", "stale"]
                .map(|icon| (icon, t.guide.sample.to_owned()))
                .into_iter()
                .chain(
                    states
                        .into_iter()
                        .skip(1)
                        .map(|state| (state.word(), (t.words.state)(state).to_owned())),
                )
                .collect(),
            colours: [
                "ground", "paper", "brand", "danger", "warning", "info", "past", "hatch",
            ],
            sizes: ["small", "detail", "base", "row", "name"],
            flash: Some(t.search.recorded.to_owned()),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, StatusCode::OK)
    }
}

fn tags(t: &'static Text) -> Vec<TagPart> {
    ["danger", "warning", "info", "past"]
        .map(|tone| TagPart {
            tone,
            word: t.guide.sample.to_owned(),
        })
        .into()
}

fn row(tone: &'static str, t: &'static Text) -> RowPart {
    RowPart {
        heading: (tone == "danger").then(|| HeadingPart {
            words: t.guide.sample.to_owned(),
            folded: false,
        }),
        fold: match tone {
            "danger" => Fold::Stays,
            "past" => Fold::Folded,
            _ => Fold::Open,
        },
        title: t.guide.sample_drug.to_owned(),
        value: Some("3.4 mg/dL".to_owned()),
        tags: tags(t).into_iter().filter(|tag| tag.tone == tone).collect(),
        details: vec![t.guide.sample_detail.to_owned()],
        date: Some("2026-11-22".to_owned()),
        place: Some(t.guide.sample_place.to_owned()),
        is_same_place: false,
        telephone: None,
        marks: vec![(
            (t.words.mark)(SourceName::Emr),
            (t.words.source)(SourceName::Emr),
        )],
        origin: vec![
            (t.summary.facility, t.guide.sample_place.to_owned()),
            (t.summary.date, "2026-11-22".to_owned()),
            (
                t.summary.source,
                (t.words.source)(SourceName::Emr).to_owned(),
            ),
        ],
        covered: false,
        past: tone == "past",
        tone,
        value_tone: "",
        value_width: "",
        uncover: None,
        open: None,
        trend: (tone == "warning").then(|| TrendPart {
            words: t.guide.sample.to_owned(),
            lines: vec!["2.0,14.0 20.0,6.0 46.0,2.0".to_owned()],
            hollow: Vec::new(),
            newest: Dot {
                across: "46.0".to_owned(),
                down: "2.0".to_owned(),
                is_plain: true,
            },
        }),
    }
}

fn section(name: SectionName, state: State, t: &'static Text) -> SectionPart {
    let is_present = state == State::Present;
    let style = match state {
        State::NotFetched => "missing",
        State::Coming => "coming",
        State::Withheld => "withheld",
        State::Present
        | State::NoneKnown
        | State::ReportedEmpty
        | State::NotAsked
        | State::NotCovered => "fresh",
    };
    SectionPart {
        name: name.word(),
        title: (t.words.section)(name),
        state: state.word(),
        statement: (!is_present).then(|| (t.words.state)(state).to_owned()),
        patient_key: NOBODY.to_owned(),
        partial: Vec::new(),
        digit: digit(name),
        sources: vec![SourcePart {
            mark: (t.words.mark)(SourceName::Emr),
            name: (t.words.source)(SourceName::Emr),
            style,
            words: "21:15".to_owned(),
            full: vec![(t.words.state)(state).to_owned()],
        }],
        opens: true,
        rows: if is_present {
            ["danger", "warning", "info", "past"]
                .map(|tone| row(tone, t))
                .into()
        } else {
            Vec::new()
        },
        folded: usize::from(is_present),
        more: (t.words.more)(1),
        notes: vec![t.guide.sample.to_owned()],
        count: if is_present { 4 } else { 0 },
    }
}

fn banner(t: &'static Text) -> Banner {
    let allergen = |severe| StripItemPart {
        agent: t.guide.sample_allergen.to_owned(),
        reaction: Some(t.guide.sample_reaction.to_owned()),
        severe,
        marks: Vec::new(),
    };
    Banner {
        consented: None,
        renewable_at: None,
        is_renewable: false,
        patient_key: NOBODY.to_owned(),
        name: t.guide.sample_name.to_owned(),
        kana: None,
        usual_name: None,
        sex: None,
        birth: Some("1956-04-01".to_owned()),
        age: Some(t.guide.sample_age.to_owned()),
        number_tail: None,
        unconfirmed: true,
        identified: None,
        identified_weakly: None,
        viewer: t.guide.sample.to_owned(),
        left: "3:59".to_owned(),
        left_seconds: 14_340,
        receipt: None,
        grant: NOBODY.to_owned(),
        death: None,
        contacts: Vec::new(),
        notices: ["danger", "warning", "info"]
            .map(|tone| NoticePart {
                tone,
                text: t.guide.sample.to_owned(),
            })
            .into(),
        strip: StripPart {
            state: State::Present.word(),
            label: None,
            items: vec![allergen(true), allergen(false)],
            text: None,
        },
        ends: Vec::new(),
        ways: Choice::ways(t, ""),
    }
}
