//! How each part of the node does, in words, shapes and small drawings.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::Viewer,
    domain::{
        access::FacilityId,
        clock::{Moment, japanese_time},
        section::SourceName,
    },
    health::{Counted, Ends, Facts, Lag, Level, Minute, Part, Picture, STALE, Span, Standing},
    outbox::Seen,
    web::{context::Context, text::Text},
};

use super::{
    Office, date, in_office,
    plot::{Kind, Plot, Point},
    time,
};

/// Bytes of a gigabyte, as disks are sold.
const GIGABYTE: f64 = 1e9;

/// The page.
#[derive(Template)]
#[template(path = "pages/admin-health.html")]
pub(in crate::web) struct HealthPage {
    office: Office,
    /// How the whole does: its icon, and in words.
    icon: &'static str,
    summed: String,
    looked: String,
    runs: String,
    groups: [Group; 2],
}

in_office!(HealthPage);

/// How some parts do, as seen by a facility.
pub(in crate::web::views) fn cards(
    t: &'static Text,
    seen: &Picture,
    facility: &FacilityId,
    parts: &[Part],
) -> Vec<Card> {
    let said = Said { t, seen, facility };
    parts.iter().map(|part| said.card(*part)).collect()
}

/// Parts under one heading.
struct Group {
    id: &'static str,
    title: &'static str,
    cards: Vec<Card>,
}

/// One part.
pub(in crate::web::views) struct Card {
    pub(in crate::web::views) id: &'static str,
    pub(in crate::web::views) title: &'static str,
    pub(in crate::web::views) icon: &'static str,
    /// `broken`, `attention`, …
    pub(in crate::web::views) level: &'static str,
    pub(in crate::web::views) word: &'static str,
    pub(in crate::web::views) since: Option<String>,
    /// What is wrong, and what to do.
    pub(in crate::web::views) why: Option<&'static str>,
    pub(in crate::web::views) facts: Vec<(&'static str, String)>,
    pub(in crate::web::views) plots: Vec<Plot>,
    /// Said where there is nothing to draw yet.
    pub(in crate::web::views) undrawn: Option<&'static str>,
}

impl HealthPage {
    /// The page of one facility's administrator.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        seen: &Picture,
        now: Moment,
    ) -> Self {
        let t = context.text();
        let is_stale = now.has_passed(seen.at, STALE);
        let said = Said {
            t,
            seen,
            facility: &viewer.facility,
        };
        let count = |level| {
            let parts = Part::all().into_iter();
            parts.filter(|part| said.level(*part) == level).count()
        };
        let (broken, attention) = (count(Level::Broken), count(Level::Attention));
        let unmeasured = count(Level::Unmeasured);
        let worst = match (broken, attention, unmeasured) {
            _ if is_stale => Level::Broken,
            (0, 0, 0) => Level::Well,
            (0, 0, _) => Level::Unmeasured,
            (0, _, _) => Level::Attention,
            _ => Level::Broken,
        };
        let cards = |is_source: bool| {
            let parts = Part::all().into_iter();
            let wanted = parts.filter(|part| matches!(part, Part::Source(_)) == is_source);
            wanted.map(|part| said.card(part)).collect()
        };
        let since = time(seen.started.wall);
        Self {
            office: Office::new(context, viewer, t.health.title, "/admin/health"),
            icon: icon(worst),
            summed: if is_stale {
                t.health.stale.to_owned()
            } else {
                (t.health.summed)(broken, attention, unmeasured)
            },
            looked: (t.health.looked)(&when(seen.at, now)),
            runs: (t.health.runs)(env!("CARGO_PKG_VERSION"), &since),
            groups: [
                Group {
                    id: "node",
                    title: t.health.groups.node,
                    cards: cards(false),
                },
                Group {
                    id: "sources",
                    title: t.health.groups.sources,
                    cards: cards(true),
                },
            ],
        }
    }
}

/// A shape for each level: told apart without colour.
const fn icon(level: Level) -> &'static str {
    match level {
        Level::Off => "not_covered",
        Level::Well => "none_known",
        Level::Unmeasured => "not_asked",
        Level::Attention => "warning",
        Level::Broken => "danger",
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Off => "off",
        Level::Well => "well",
        Level::Unmeasured => "unmeasured",
        Level::Attention => "attention",
        Level::Broken => "broken",
    }
}

/// Time of day on a Japanese clock, to the second.
fn clock(at: DateTime<Utc>) -> String {
    japanese_time(at).format("%H:%M:%S").to_string()
}

/// The same, with the day where that is another one than that of `now`.
fn when(at: Moment, now: Moment) -> String {
    if at.japanese_day() == now.japanese_day() {
        clock(at.wall)
    } else {
        time(at.wall)
    }
}

/// What words are made of.
struct Said<'a> {
    t: &'static Text,
    seen: &'a Picture,
    facility: &'a FacilityId,
}

impl Said<'_> {
    fn level(&self, part: Part) -> Level {
        let standing = self.seen.standings.get(&part);
        standing.map_or(Level::Unmeasured, |standing| standing.level)
    }

    fn card(&self, part: Part) -> Card {
        let t = &self.t.health;
        let (standing, level) = (self.seen.standings.get(&part), self.level(part));
        let (is_off, plots) = (level == Level::Off, self.plots(part));
        let is_drawn = matches!(part, Part::Pages | Part::Ledger | Part::Source(_));
        Card {
            id: part.word(),
            title: (t.part)(part),
            icon: icon(level),
            level: word(level),
            word: (t.level)(level),
            since: standing.and_then(|standing| self.since(standing)),
            why: standing.and_then(|standing| standing.why).map(t.why),
            facts: if is_off { Vec::new() } else { self.facts(part) },
            undrawn: (is_drawn && !is_off && plots.is_empty()).then_some(t.plots.none),
            plots: if is_off { Vec::new() } else { plots },
        }
    }

    /// Since when something is wrong; what is well needs no date.
    fn since(&self, standing: &Standing) -> Option<String> {
        let said = when(standing.since, self.seen.at);
        standing.why.map(|_| (self.t.health.since)(&said))
    }

    fn facts(&self, part: Part) -> Vec<(&'static str, String)> {
        let (names, facts) = (&self.t.health.facts, &self.seen.facts);
        match part {
            Part::Pages => vec![
                (names.requests, self.counted(facts.requests)),
                (names.half, self.span(facts.pages.0)),
                (names.most, self.span(facts.pages.1)),
            ],
            Part::Ledger => self.of_ledger(facts),
            Part::Second => self.of_second(facts),
            Part::Checkpoints => vec![
                (names.signed, self.count(facts.written.signed)),
                (names.signed_at, self.moment(facts.written.signed_at)),
            ],
            Part::Witness => vec![(names.cosigned, self.count(facts.written.cosigned))],
            Part::Archive => self.of_archive(facts.archive.as_ref()),
            Part::Disk => vec![(names.room, self.room(facts.disk))],
            Part::Registry => self.of_registry(facts),
            Part::Certificates => self.of_certificates(facts.certificates.as_ref()),
            Part::Notices => self.of_channels(&facts.channels),
            Part::Clock => vec![(names.step, self.step(facts.step))],
            Part::Cache => self.of_cache(facts),
            Part::Redis => vec![(
                names.calls,
                facts
                    .redis
                    .map_or_else(|| self.unmeasured(), |calls| self.counted(calls)),
            )],
            Part::Source(source) => self.of_source(source, facts),
        }
    }

    fn of_ledger(&self, facts: &Facts) -> Vec<(&'static str, String)> {
        let names = &self.t.health.facts;
        vec![
            (names.entries, self.count(Some(facts.written.entries))),
            (names.recorded, self.moment(facts.written.recorded)),
            (names.reserve, self.yes_no(facts.has_reserve)),
        ]
    }

    /// All that belongs to it: it is another ledger, on another device.
    fn of_second(&self, facts: &Facts) -> Vec<(&'static str, String)> {
        let names = &self.t.health.facts;
        let Some(second) = &facts.second else {
            return Vec::new();
        };
        let written = &second.written;
        let mut said = vec![
            (names.entries, self.count(Some(written.entries))),
            (names.recorded, self.moment(written.recorded)),
            (names.reserve, self.yes_no(second.has_reserve)),
            (names.signed, self.count(written.signed)),
            (names.cosigned, self.count(written.cosigned)),
            (names.room, self.room(second.disk)),
        ];
        if let Some(lag) = &second.archive {
            said.push((names.waiting, self.count(lag.behind)));
        }
        said
    }

    fn of_archive(&self, lag: Option<&Lag>) -> Vec<(&'static str, String)> {
        let names = &self.t.health.facts;
        let Some(lag) = lag else {
            return Vec::new();
        };
        let mut said = vec![
            (names.connected, self.yes_no(Some(lag.is_connected))),
            (names.waiting, self.count(lag.behind)),
        ];
        if let Some(waits) = lag.waits {
            said.push((names.waits, (self.t.health.minutes)(waits.as_secs() / 60)));
        }
        said
    }

    fn of_registry(&self, facts: &Facts) -> Vec<(&'static str, String)> {
        let names = &self.t.health.facts;
        let own = |counts: &std::collections::BTreeMap<FacilityId, usize>| {
            let count = counts.get(self.facility).copied().unwrap_or_default();
            self.count(u64::try_from(count).ok())
        };
        // Nobody knows who is signed in while the registry is silent.
        let sessions = match facts.registry {
            Some(_) => own(&facts.sessions),
            None => self.unmeasured(),
        };
        let answer = facts.registry.map(|took| took.as_millis());
        let answer =
            answer.map_or_else(|| self.t.health.no.to_owned(), |took| format!("{took} ms"));
        vec![
            (names.answer, answer),
            (names.sessions, sessions),
            (names.grants, own(&facts.grants)),
        ]
    }

    fn of_certificates(&self, ends: Option<&Ends>) -> Vec<(&'static str, String)> {
        let names = &self.t.health.facts;
        let Some(ends) = ends else {
            return Vec::new();
        };
        let mut said = vec![(names.own_ends, date(ends.own))];
        if let Some((first, _)) = ends.authorities {
            let terminal = ends.terminal.map_or_else(|| self.unmeasured(), date);
            said.extend([
                (names.authority_ends, date(first)),
                (names.terminal_ends, terminal),
                (names.terminals_seen, self.count(Some(ends.seen))),
                (names.certificates_refused, self.count(Some(ends.refused))),
            ]);
        }
        said
    }

    /// What the channels of the viewer's facility carry.
    fn of_channels(&self, channels: &[(Seen, bool)]) -> Vec<(&'static str, String)> {
        let (names, t) = (&self.t.health.facts, &self.t.health);
        let mut said = Vec::new();
        for (seen, _) in channels
            .iter()
            .filter(|(seen, _)| seen.is_of(self.facility))
        {
            let last = seen.taken_at.map(|at| when(at, self.seen.at));
            said.push((
                names.taken,
                (t.taken)(&seen.name, seen.taken, last.as_deref()),
            ));
            if let Some(waiting) = &seen.waiting {
                let since = when(waiting.since, self.seen.at);
                said.push((
                    names.waits_since,
                    (t.waiting)(&seen.name, &since, waiting.tries),
                ));
            }
            if seen.refusals.count > 0 {
                let last = seen.refusals.last.join(", ");
                said.push((
                    names.not_taken,
                    (t.refused)(&seen.name, seen.refusals.count, &last),
                ));
            }
        }
        said
    }

    fn of_cache(&self, facts: &Facts) -> Vec<(&'static str, String)> {
        let names = &self.t.health.facts;
        let served = |word| self.count(facts.served.get(word).copied());
        let bytes = facts
            .cache_bytes
            .map(|bytes| format!("{:.1} MB", share(bytes) / 1e6));
        vec![
            (names.fresh, served("fresh")),
            (names.stale, served("stale")),
            (names.coming, served("coming")),
            (names.missing, served("missing")),
            (names.bytes, bytes.unwrap_or_else(|| self.unmeasured())),
            (names.refused, self.count(Some(facts.cache_refused))),
        ]
    }

    fn of_source(&self, source: SourceName, facts: &Facts) -> Vec<(&'static str, String)> {
        let names = &self.t.health.facts;
        let Some(seen) = facts.sources.get(&source) else {
            return Vec::new();
        };
        let breaker = seen.breaker.map(self.t.health.breaker).map(str::to_owned);
        vec![
            (names.calls, self.counted(seen.asked)),
            (names.answered, self.moment(seen.answered)),
            (names.half, self.span(seen.spans.0)),
            (names.most, self.span(seen.spans.1)),
            (names.breaker, breaker.unwrap_or_else(|| self.unmeasured())),
        ]
    }

    fn plots(&self, part: Part) -> Vec<Plot> {
        let words = &self.t.health.plots;
        let many = |value: f64| (self.t.health.count)(whole(value));
        let long = |value: f64| format!("{} ms", whole(value));
        let plots = match part {
            Part::Pages => vec![self.plot(
                (Kind::Line, words.pages),
                |minute| point(minute.page.map(millis), minute.requests),
                long,
            )],
            Part::Ledger => vec![self.plot(
                (Kind::Columns, words.entries),
                |minute| point(Some(share(minute.entries)), Counted::default()),
                many,
            )],
            Part::Source(source) => vec![self.plot(
                (Kind::Line, words.source),
                |minute| {
                    let minute = minute.sources.get(&source).copied().unwrap_or_default();
                    point(minute.slowest.map(millis), minute.asked)
                },
                long,
            )],
            Part::Second
            | Part::Checkpoints
            | Part::Witness
            | Part::Archive
            | Part::Disk
            | Part::Registry
            | Part::Certificates
            | Part::Notices
            | Part::Clock
            | Part::Cache
            | Part::Redis => Vec::new(),
        };
        plots.into_iter().flatten().collect()
    }

    fn plot(
        &self,
        drawn: (Kind, &'static str),
        point: impl Fn(&Minute) -> Point,
        said: impl Fn(f64) -> String,
    ) -> Option<Plot> {
        let points: Vec<Point> = self.seen.minutes.iter().map(point).collect();
        Plot::of(drawn, &points, said, self.t)
    }

    fn unmeasured(&self) -> String {
        self.t.health.unmeasured.to_owned()
    }

    fn count(&self, count: Option<u64>) -> String {
        count.map_or_else(|| self.unmeasured(), self.t.health.count)
    }

    fn counted(&self, counted: Counted) -> String {
        (self.t.health.counted)(counted.all, counted.failed)
    }

    fn span(&self, span: Option<Span>) -> String {
        span.map_or_else(
            || self.unmeasured(),
            |span| (self.t.health.span)(span.about.as_millis(), span.is_more),
        )
    }

    fn moment(&self, at: Option<Moment>) -> String {
        at.map_or_else(|| self.unmeasured(), |at| when(at, self.seen.at))
    }

    fn yes_no(&self, is_so: Option<bool>) -> String {
        match is_so {
            None => self.unmeasured(),
            Some(true) => self.t.health.yes.to_owned(),
            Some(false) => self.t.health.no.to_owned(),
        }
    }

    fn room(&self, disk: Option<(u64, u64)>) -> String {
        disk.map_or_else(
            || self.unmeasured(),
            |(free, whole)| (self.t.health.room)(share(free) / GIGABYTE, share(whole) / GIGABYTE),
        )
    }

    fn step(&self, step: Option<(Moment, i64)>) -> String {
        step.map_or_else(
            || self.t.health.no.to_owned(),
            |(at, by)| {
                let seconds = share(by.unsigned_abs()) / 1000.0;
                let seconds = if by < 0 { -seconds } else { seconds };
                (self.t.health.step)(seconds, &when(at, self.seen.at))
            },
        )
    }
}

const fn point(value: Option<f64>, counted: Counted) -> Point {
    Point {
        value,
        has_failed: counted.failed > 0,
    }
}

fn millis(span: Span) -> f64 {
    span.about.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "said to a few digits")]
const fn share(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what a histogram or a count gave: no sign, and small"
)]
fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}
