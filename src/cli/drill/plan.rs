//! What happens in the drill, in the order of time.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::{
    access::{End, Flag, FoundBy, IdentifiedBy, Reason},
    clock::{JAPAN_OFFSET_SECONDS, japanese_time},
    event::SecondFactor,
    review::{Kind, Rule},
};

use super::town::Town;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Act {
    SignIn {
        account: usize,
        terminal: u8,
        factor: SecondFactor,
    },
    Search {
        account: usize,
        listed: Vec<usize>,
    },
    Open(Box<Opening>),
    Show(usize),
    Identify(usize, IdentifiedBy),
    End(usize, End),
    List(Kind, String),
    /// The clock is moved by so many seconds.
    Step(i64),
}

/// A grant that is opened.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    /// Its number in the plan.
    pub(super) case: usize,
    pub(super) account: usize,
    pub(super) patient: usize,
    pub(super) terminal: u8,
    pub(super) factor: SecondFactor,
    pub(super) reason: Reason,
    pub(super) found_by: FoundBy,
    pub(super) flags: BTreeSet<Flag>,
}

/// Everything that happens, and which cases should not have been.
pub(super) struct Plan {
    pub(super) town: Town,
    pub(super) acts: Vec<(DateTime<Utc>, Act)>,
    /// For each case the rule that should see it; `None` for what is as it should be.
    pub(super) truth: Vec<Option<Rule>>,
    /// Registrations, until they are handed over.
    pub(super) arrivals: Vec<(DateTime<Utc>, usize)>,
    pub(super) first: NaiveDate,
    pub(super) days: u32,
}

/// A look, before it is put into the plan.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) at: DateTime<Utc>,
    pub(super) account: usize,
    pub(super) patient: usize,
    pub(super) terminal: u8,
    pub(super) factor: SecondFactor,
    pub(super) reason: Reason,
    pub(super) found_by: FoundBy,
    pub(super) flags: BTreeSet<Flag>,
    pub(super) identified: Option<IdentifiedBy>,
    pub(super) end: End,
    /// Minutes until it ends.
    pub(super) lasts: i64,
    pub(super) household: Vec<usize>,
    pub(super) truth: Option<Rule>,
}

impl Scene {
    /// An ordinary look.
    pub(super) fn new(at: DateTime<Utc>, account: usize, patient: usize) -> Self {
        Self {
            at,
            account,
            patient,
            terminal: 0,
            factor: SecondFactor::Totp,
            reason: Reason::Unconscious,
            found_by: FoundBy::Insurance,
            flags: BTreeSet::new(),
            identified: Some(IdentifiedBy::Companion),
            end: End::Hand,
            lasts: 40,
            household: Vec::new(),
            truth: None,
        }
    }
}

impl Plan {
    pub(super) fn new(town: Town, first: NaiveDate, days: u32) -> Self {
        Self {
            town,
            acts: Vec::new(),
            truth: Vec::new(),
            arrivals: Vec::new(),
            first,
            days,
        }
    }

    /// An instant of a day, as a clock on a Japanese wall shows it.
    pub(super) fn at(&self, day: u32, minutes: i64) -> DateTime<Utc> {
        let midnight = self.first.and_time(chrono::NaiveTime::MIN).and_utc();
        midnight - TimeDelta::seconds(JAPAN_OFFSET_SECONDS.into())
            + TimeDelta::days(day.into())
            + TimeDelta::minutes(minutes)
    }

    /// When the machine was started: long before the first day.
    pub(super) fn started(&self) -> DateTime<Utc> {
        self.at(0, 0) - TimeDelta::days(40)
    }

    pub(super) fn act(&mut self, at: DateTime<Utc>, act: Act) {
        self.acts.push((at, act));
    }

    /// Somebody looks at somebody: search, start, what is shown, and the end.
    pub(super) fn look(&mut self, scene: Scene) {
        let case = self.truth.len();
        self.truth.push(scene.truth);
        let mut listed = vec![scene.patient];
        listed.extend(scene.household);
        let minute = |minutes: i64| scene.at + TimeDelta::minutes(minutes);
        let account = scene.account;
        let search = scene.at - TimeDelta::seconds(20);
        self.act(search, Act::Search { account, listed });
        self.act(
            scene.at,
            Act::Open(Box::new(Opening {
                case,
                account,
                patient: scene.patient,
                terminal: scene.terminal,
                factor: scene.factor,
                reason: scene.reason,
                found_by: scene.found_by,
                flags: scene.flags,
            })),
        );
        self.act(scene.at + TimeDelta::seconds(1), Act::Show(case));
        if let Some(way) = scene.identified {
            self.act(minute(2), Act::Identify(case, way));
        }
        let lasts = scene.lasts.clamp(3, 230);
        self.act(minute(lasts), Act::End(case, scene.end));
    }

    /// A patient is registered.
    pub(super) fn register(&mut self, at: DateTime<Utc>, patient: usize) {
        self.arrivals.push((at, patient));
    }

    /// Hands over, each midnight, what was registered since the last.
    pub(super) fn hand_over(&mut self) {
        let mut arrivals = std::mem::take(&mut self.arrivals);
        arrivals.sort_unstable();
        for day in 1..=self.days + 4 {
            let midnight = self.at(day, 0);
            let since = midnight - TimeDelta::days(1);
            let of_day = arrivals
                .iter()
                .filter(|(at, _)| since <= *at && *at < midnight);
            let mut text = "arrived_at,visit,insurer,number,branch\n".to_owned();
            let mut count = 0;
            for (at, patient) in of_day {
                if let Some(one) = self.town.citizen(*patient) {
                    let time = japanese_time(*at).format("%Y-%m-%d %H:%M:%S");
                    count += 1;
                    let line = format!(
                        "{time},{day}-{count},06129999,{},{}\n",
                        one.number, one.branch
                    );
                    text.push_str(&line);
                }
            }
            if count > 0 {
                self.act(midnight, Act::List(Kind::Arrivals, text));
            }
        }
    }

    /// In the order of time; what happens at one instant keeps its order.
    pub(super) fn sort(&mut self) {
        self.acts.sort_by_key(|(at, _)| *at);
    }
}
