//! Whether the ledgers are whole, in words first.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use data_encoding::HEXLOWER;

use crate::{
    access::Viewer,
    domain::{
        clock::Moment,
        review::{Hour, Silence},
    },
    health::{Part, Picture},
    review::{Integrity, Verifying},
    web::{
        context::Context,
        error::Problem,
        text::Text,
        views::{
            admin::{
                health::{Card, cards},
                plot::{Plot, Point},
            },
            audit::unread,
        },
    },
};

use super::{Frame, page, pages, time};

/// The parts of a node that bear on its ledgers.
const PARTS: [Part; 7] = [
    Part::Ledger,
    Part::Second,
    Part::Checkpoints,
    Part::Witness,
    Part::Archive,
    Part::Notices,
    Part::Clock,
];
/// Digits of a root that are shown.
const DIGITS: usize = 16;

/// The page.
#[derive(Template)]
#[template(path = "pages/integrity.html")]
pub(in crate::web) struct IntegrityPage {
    frame: Frame,
    t: &'static Text,
    nav: Vec<(&'static str, &'static str)>,
    done: Option<&'static str>,
    unread: Vec<String>,
    verify: Said,
    faults: Vec<String>,
    is_running: bool,
    quiet: Said,
    last: Option<String>,
    plot: Option<Plot>,
    ledgers: Vec<LedgerRow>,
    cards: Vec<Card>,
    steps: Vec<String>,
}

/// One sentence with its shape.
struct Said {
    icon: &'static str,
    /// `danger`, `warning` or `info`.
    tone: &'static str,
    words: String,
}

impl Said {
    fn well(words: String) -> Self {
        Self {
            icon: "none_known",
            tone: "info",
            words,
        }
    }

    fn unknown(words: String) -> Self {
        Self {
            icon: "not_asked",
            tone: "info",
            words,
        }
    }

    fn wrong(words: String) -> Self {
        Self {
            icon: "danger",
            tone: "danger",
            words,
        }
    }
}

/// One ledger.
struct LedgerRow {
    name: String,
    entries: String,
    signed: String,
    root: String,
    cosigned: String,
}

impl IntegrityPage {
    /// The page.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        seen: &Integrity,
        picture: &Picture,
        now: Moment,
    ) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.integrity.title);
        "/audit/integrity".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            nav: pages(t),
            done: (t.integrity.done)(&context.query.done),
            unread: seen.unread.iter().map(|one| unread(one, t)).collect(),
            verify: verify(seen, t),
            faults: faults(seen, t),
            is_running: matches!(seen.verifying, Verifying::Running { .. }),
            quiet: quiet(seen, t),
            last: seen.last.map(|at| (t.integrity.last)(&time(at))),
            plot: plot(&seen.hours, now, t),
            ledgers: ledgers(seen, t),
            cards: cards(t, picture, &viewer.facility, &PARTS),
            steps: steps(seen, t),
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

fn verify(seen: &Integrity, t: &Text) -> Said {
    let said = &t.integrity;
    match &seen.verifying {
        Verifying::Never => Said::unknown(said.never.to_owned()),
        Verifying::Running { since, entries } => {
            let all = seen
                .ledgers
                .iter()
                .map(|ledger| ledger.proofs.entries)
                .sum();
            Said::unknown((said.running)(&time(since.wall), *entries, all))
        }
        Verifying::Done {
            begun,
            found: Err(_),
            ..
        } => Said::wrong((said.not_done)(&time(begun.wall))),
        Verifying::Done {
            begun,
            took,
            found: Ok(found),
        } => {
            let (begun, entries) = (time(begun.wall), found.entries());
            match found.faults().len() {
                0 => Said::well((said.whole)(entries, &begun, took.as_secs())),
                faults => Said::wrong((said.wrong)(faults, &begun, entries)),
            }
        }
    }
}

/// What is wrong, each as the command line says it, and what was accepted as lost.
fn faults(seen: &Integrity, t: &Text) -> Vec<String> {
    let Verifying::Done {
        found: Ok(found), ..
    } = &seen.verifying
    else {
        return Vec::new();
    };
    let mut said = found.faults();
    if found.lost > 0 {
        said.push((t.integrity.lost)(found.lost));
    }
    said
}

fn quiet(seen: &Integrity, t: &Text) -> Said {
    match seen.silence {
        Silence::Unknown(weeks) => Said::unknown((t.integrity.unknown)(weeks)),
        Silence::Usual => Said::well(t.integrity.usual.to_owned()),
        Silence::Alarm { since, usual } => Said::wrong((t.integrity.silent)(&time(since), usual)),
    }
}

fn plot(hours: &[Hour], now: Moment, t: &'static Text) -> Option<Plot> {
    // The hour that goes on may still bring something.
    let is_over = |hour: &Hour| hour.from + chrono::TimeDelta::hours(1) <= now.wall;
    let is_empty =
        |hour: &Hour| is_over(hour) && hour.count == 0 && hour.usual.is_some_and(|usual| usual > 0);
    let point = |value: Option<u32>, has_failed| Point {
        value: value.map(f64::from),
        has_failed,
    };
    let counts: Vec<Point> = hours
        .iter()
        .map(|hour| point(Some(hour.count), is_empty(hour)))
        .collect();
    let usual: Vec<Point> = hours.iter().map(|hour| point(hour.usual, false)).collect();
    let said = |value: f64| format!("{value:.0}");
    let plot = Plot::over(t.integrity.hours, &counts, &usual, said, t)?;
    let empty = hours.iter().filter(|hour| is_empty(hour)).count();
    let high = hours
        .iter()
        .map(|hour| hour.count)
        .max()
        .unwrap_or_default();
    Some(Plot {
        words: (t.integrity.drawn)(&high.to_string(), empty),
        ends: t.integrity.ends,
        mark: (empty > 0).then_some(t.integrity.mark),
        ..plot
    })
}

fn ledgers(seen: &Integrity, t: &Text) -> Vec<LedgerRow> {
    let count = |size: u64| (t.health.count)(size);
    let nothing = || t.integrity.nothing.to_owned();
    seen.ledgers
        .iter()
        .map(|ledger| {
            let proofs = &ledger.proofs;
            let signed = proofs.signed.as_ref().map(|signed| &signed.checkpoint);
            let cosigned = proofs.cosigned.as_ref().map(|signed| &signed.checkpoint);
            let root = signed.map(|signed| HEXLOWER.encode(&signed.root));
            LedgerRow {
                name: ledger.name.clone(),
                entries: count(proofs.entries),
                signed: signed.map_or_else(nothing, |signed| count(signed.size)),
                root: root.map_or_else(nothing, |root| root.chars().take(DIGITS).collect()),
                cosigned: cosigned.map_or_else(nothing, |signed| count(signed.size)),
            }
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "said to a tenth of a second")]
fn steps(seen: &Integrity, t: &Text) -> Vec<String> {
    seen.steps
        .iter()
        .map(|step| {
            let (node, seq) = &step.place;
            let seconds = step.by_ms as f64 / 1_000.0;
            (t.integrity.step)(&time(step.at), seconds, &format!("{} {seq}", node.0))
        })
        .collect()
}
