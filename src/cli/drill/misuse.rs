//! Known misuse among the normal: for each rule, looks that it should see, by people who otherwise
//! do their work. Nobody of these patients is registered.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::{
    access::{End, Flag, IdentifiedBy, Reason},
    clock::japanese_time,
    event::SecondFactor,
    review::Rule,
};

use super::{
    dice::Dice,
    normal::{TERMINALS, on_duty},
    plan::{Act, Plan, Scene},
};

/// How often each kind of misuse happens in thirty days.
const EACH: u32 = 3;

/// Puts every kind of misuse into the month.
pub(super) fn fill(plan: &mut Plan, dice: &mut Dice) {
    let count = (plan.days * EACH).div_ceil(30).max(1);
    for rule in Rule::ALL {
        for _ in 0..count {
            inject(plan, dice, rule);
        }
    }
}

/// An instant at which somebody is on duty, late enough for habits to be known.
fn moment(plan: &Plan, dice: &mut Dice) -> DateTime<Utc> {
    let last = i64::from(plan.days) - 1;
    let day = dice.between((last / 2).max(1).min(last), last);
    let day = u32::try_from(day).unwrap_or_default();
    plan.at(day, dice.between(30, 23 * 60))
}

/// A look at somebody who is not there, by somebody on duty.
fn curious(plan: &Plan, dice: &mut Dice, rule: Rule) -> Option<Scene> {
    let at = moment(plan, dice);
    let account = dice.one(&on_duty(plan, at)).copied()?;
    let patient = stranger(plan, dice, account)?;
    Some(Scene {
        terminal: u8::try_from(dice.below(TERMINALS.into())).unwrap_or_default(),
        lasts: dice.between(3, 30),
        truth: Some(rule),
        ..Scene::new(at, account, patient)
    })
}

/// Somebody whom nothing connects with who looks, and who was never registered.
fn stranger(plan: &Plan, dice: &mut Dice, account: usize) -> Option<usize> {
    let viewer = plan.town.staff.get(account)?;
    let viewer = plan.town.citizen(viewer.citizen)?;
    for _ in 0..1_000 {
        let number = dice.one(&plan.town.others).copied()?;
        let one = plan.town.citizen(number)?;
        let is_known = plan.arrivals.iter().any(|(_, other)| *other == number);
        if !is_known && one.town != viewer.town {
            return Some(number);
        }
    }
    None
}

fn inject(plan: &mut Plan, dice: &mut Dice, rule: Rule) {
    let Some(mut scene) = curious(plan, dice, rule) else {
        return;
    };
    let flagged = |scene: &mut Scene, flag| {
        scene.flags.insert(flag);
    };
    match rule {
        Rule::Decoy => scene.patient = dice.one(&plan.town.decoys).copied().unwrap_or_default(),
        Rule::Protected => {
            scene.patient = dice.one(&plan.town.protected).copied().unwrap_or_default();
        }
        Rule::OwnRecord => scene.patient = own(plan, scene.account),
        Rule::Colleague => {
            let other = (scene.account + 1 + dice.below(20)) % plan.town.staff.len().max(1);
            scene.patient = own(plan, other);
        }
        Rule::SameFamilyAndTown => relative(plan, dice, &mut scene),
        Rule::ObjectionOverridden => flagged(&mut scene, Flag::AfterObjection),
        Rule::SealedAccount => {
            scene.factor = SecondFactor::Sealed;
            flagged(&mut scene, Flag::Sealed);
        }
        Rule::AgainAfterWeeks => earlier(plan, dice, &mut scene),
        Rule::Trawling => trawl(plan, dice, &scene),
        Rule::NoArrival => {}
        Rule::OffDuty => off_duty(plan, &mut scene),
        Rule::AboveBaseline => {
            scene = accustomed(plan, dice, scene);
            many(plan, dice, &scene);
        }
        Rule::InQuickSuccession => flagged(&mut scene, Flag::InQuickSuccession),
        Rule::WrongPatient => scene.end = End::WrongPatient,
        Rule::PossessionOnly => scene.identified = Some(IdentifiedBy::Belongings),
        Rule::Vouched => {
            scene.factor = SecondFactor::Vouched;
            flagged(&mut scene, Flag::Vouched);
        }
        Rule::FactorsReset => flagged(&mut scene, Flag::FactorsResetLately),
        Rule::Delegated => flagged(&mut scene, Flag::Delegated),
        Rule::StrangeTerminal => strange(plan, dice, &mut scene),
        Rule::DisasterNotDeclared => {
            scene.reason = Reason::Disaster;
            flagged(&mut scene, Flag::DisasterNotDeclared);
        }
        Rule::OtherReason => {
            scene.reason = Reason::Other;
            flagged(&mut scene, Flag::OtherReason);
        }
        Rule::ClockStep => {
            scene.lasts = 30;
            plan.act(scene.at + TimeDelta::minutes(5), Act::Step(-1_800));
            plan.act(scene.at + TimeDelta::minutes(20), Act::Step(1_800));
        }
    }
    plan.look(scene);
}

/// A terminal that nobody of the department uses, signed in at shortly before.
fn strange(plan: &mut Plan, dice: &mut Dice, scene: &mut Scene) {
    scene.terminal = TERMINALS + 1 + u8::try_from(dice.below(100)).unwrap_or_default();
    let act = Act::SignIn {
        account: scene.account,
        terminal: scene.terminal,
        factor: SecondFactor::Totp,
    };
    plan.act(scene.at - TimeDelta::minutes(3), act);
}

/// The same by somebody who has habits: nobody else can leave them.
fn accustomed(plan: &Plan, dice: &mut Dice, scene: Scene) -> Scene {
    let mut scene = scene;
    for _ in 0..200 {
        if has_habit(plan, &scene) {
            break;
        }
        scene = curious(plan, dice, Rule::AboveBaseline).unwrap_or(scene);
    }
    scene
}

/// Whether who looks looked on enough days before.
fn has_habit(plan: &Plan, scene: &Scene) -> bool {
    let days: BTreeSet<NaiveDate> = plan
        .acts
        .iter()
        .filter(|(at, _)| *at + TimeDelta::days(2) < scene.at)
        .filter_map(|(at, act)| match act {
            Act::Open(opening) => {
                (opening.account == scene.account).then(|| japanese_time(*at).date_naive())
            }
            Act::SignIn { .. }
            | Act::Search { .. }
            | Act::Show(_)
            | Act::Identify(..)
            | Act::End(..)
            | Act::List(..)
            | Act::Step(_) => None,
        })
        .collect();
    days.len() >= 6
}

/// Who somebody of the staff is as a patient.
fn own(plan: &Plan, account: usize) -> usize {
    let employee = plan.town.staff.get(account);
    employee.map_or(0, |employee| employee.citizen)
}

/// Somebody of the family of one who has one and is on duty.
fn relative(plan: &Plan, dice: &mut Dice, scene: &mut Scene) {
    for _ in 0..100 {
        let at = moment(plan, dice);
        let Some(account) = dice.one(&on_duty(plan, at)).copied() else {
            continue;
        };
        if let Some(relative) = dice.one(&plan.town.family(own(plan, account))).copied() {
            *scene = Scene {
                at,
                account,
                patient: relative,
                ..scene.clone()
            };
            return;
        }
    }
}

/// The same patient was there two or three weeks ago, rightly.
fn earlier(plan: &mut Plan, dice: &mut Dice, scene: &mut Scene) {
    let earliest = plan.at(0, 0) + TimeDelta::days(15);
    if scene.at < earliest {
        scene.at = earliest + TimeDelta::minutes(dice.between(0, 600));
    }
    let before = scene.at - TimeDelta::days(dice.between(14, 20));
    let before = before.max(plan.at(0, 30));
    let first = Scene {
        at: before,
        truth: None,
        ..scene.clone()
    };
    plan.look(first);
    plan.register(before + TimeDelta::minutes(12), scene.patient);
}

/// Name after name, until the right one is found.
fn trawl(plan: &mut Plan, dice: &mut Dice, scene: &Scene) {
    for number in 1..=7 {
        if let Some(other) = dice.one(&plan.town.others).copied() {
            let account = scene.account;
            let listed = vec![other];
            let at = scene.at - TimeDelta::minutes(number * 2);
            plan.act(at, Act::Search { account, listed });
        }
    }
}

/// At home, or in the hospital without being on duty: hours away from the nearest duty.
fn off_duty(plan: &Plan, scene: &mut Scene) {
    let is_away = |account: usize| {
        (-14..=14).all(|hours| {
            let near = scene.at + TimeDelta::hours(hours);
            !on_duty(plan, near).contains(&account)
        })
    };
    let away = (0..plan.town.staff.len()).find(|account| is_away(*account));
    scene.account = away.unwrap_or(scene.account);
}

/// Hour after hour, one after another, for no reason: many times what anybody does in a day.
fn many(plan: &mut Plan, dice: &mut Dice, scene: &Scene) {
    for number in 1..=24 {
        if let Some(patient) = stranger(plan, dice, scene.account) {
            plan.look(Scene {
                at: scene.at - TimeDelta::minutes(number * 8),
                patient,
                // The many that lead to it are misuse, and not what this rule is to see.
                truth: Some(Rule::NoArrival),
                ..scene.clone()
            });
        }
    }
}
