//! A month as it should be: ambulances and walk-ins of one emergency department, with all that
//! looks odd and is not.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{
    access::{End, Flag, FoundBy, IdentifiedBy, Reason},
    clock::japanese_time,
    event::SecondFactor,
    review::Kind,
};

use super::{
    dice::Dice,
    plan::{Act, Plan, Scene},
};

/// Terminals of the department.
pub(super) const TERMINALS: u8 = 4;
/// Minutes of the day at which the day's duty begins and ends.
const DAY: (i64, i64) = (8 * 60 + 30, 17 * 60 + 30);
/// Of a thousand emergency patients, how many are never registered under the number that was
/// looked up: transferred on at once, or registered under a name without a number.
const UNREGISTERED: usize = 40;

/// Who is on duty: by day four, by night three, each physician and nurse in turn.
pub(super) fn on_duty(plan: &Plan, at: DateTime<Utc>) -> Vec<usize> {
    let local = japanese_time(at);
    let days = local
        .date_naive()
        .signed_duration_since(plan.first)
        .num_days();
    let minutes = minutes_of_day(at);
    let is_day = (DAY.0..DAY.1).contains(&minutes);
    // After midnight it is still the duty that began the evening before.
    let days = if minutes < DAY.0 { days - 1 } else { days };
    crew(plan, days, is_day)
}

fn minutes_of_day(at: DateTime<Utc>) -> i64 {
    use chrono::Timelike as _;
    let local = japanese_time(at);
    i64::from(local.hour()) * 60 + i64::from(local.minute())
}

/// Those of one duty.
fn crew(plan: &Plan, day: i64, is_day: bool) -> Vec<usize> {
    let staff = i64::try_from(plan.town.staff.len()).unwrap_or(1);
    let (count, shift) = if is_day { (4, 0) } else { (3, 4) };
    (0..count)
        .filter_map(|place| usize::try_from((day * 7 + shift + place).rem_euclid(staff)).ok())
        .collect()
}

/// Everything of a month that is as it should be.
pub(super) fn fill(plan: &mut Plan, dice: &mut Dice) {
    duty(plan);
    people(plan);
    habits(plan, dice);
    for day in 0..plan.days {
        sign_ins(plan, dice, day);
        // 8 to 20 a day, about 14: a middle-sized emergency hospital.
        for _ in 0..dice.between(8, 20) {
            let at = plan.at(day, dice.between(5, 24 * 60 - 5))
                + TimeDelta::seconds(dice.between(0, 59));
            emergency(plan, dice, at);
        }
        // Whom nobody has to break the glass for is registered, too.
        for _ in 0..30 {
            let at = plan.at(day, dice.between(8 * 60, 18 * 60));
            if let Some(patient) = dice.one(&plan.town.others).copied() {
                plan.register(at, patient);
            }
        }
    }
    for day in plan.days..plan.days + 3 {
        if let Some(patient) = dice.one(&plan.town.others).copied() {
            plan.register(plan.at(day, 20 * 60), patient);
        }
    }
    accident(plan, dice);
    // The clock of the machine is set right once.
    let at = plan.at(plan.days / 2, 4 * 60 + 3);
    plan.act(at, Act::Step(90));
}

/// The roster of the whole month.
fn duty(plan: &mut Plan) {
    let mut text = "account,from,until,department\n".to_owned();
    for day in 0..=plan.days {
        let at = |minutes| {
            japanese_time(plan.at(day, minutes))
                .format("%Y-%m-%d %H:%M")
                .to_string()
        };
        for (is_day, from, until) in [(true, DAY.0, DAY.1), (false, DAY.1, 24 * 60 + DAY.0)] {
            for number in crew(plan, day.into(), is_day) {
                if let Some(employee) = plan.town.staff.get(number) {
                    let line = format!("{},{},{},救急科\n", employee.id, at(from), at(until));
                    text.push_str(&line);
                }
            }
        }
    }
    plan.act(plan.at(0, 0), Act::List(Kind::Duty, text));
}

/// Who works here, whom to look after, and who does not exist.
fn people(plan: &mut Plan) {
    let mut staff = "account,name,birth_date,address\n".to_owned();
    for employee in &plan.town.staff {
        if let Some(one) = plan.town.citizen(employee.citizen) {
            let line = format!("{},{},{},{}\n", employee.id, one.name, one.birth, one.town);
            staff.push_str(&line);
        }
    }
    let listed = |numbers: &[usize]| {
        let mut text = "insurer,number,branch\n".to_owned();
        for one in numbers
            .iter()
            .filter_map(|number| plan.town.citizen(*number))
        {
            let line = format!("06129999,{},{}\n", one.number, one.branch);
            text.push_str(&line);
        }
        text
    };
    let (protected, decoys) = (listed(&plan.town.protected), listed(&plan.town.decoys));
    let midnight = plan.at(0, 0);
    plan.act(midnight, Act::List(Kind::Staff, staff));
    plan.act(midnight, Act::List(Kind::Protected, protected));
    plan.act(midnight, Act::List(Kind::Decoys, decoys));
}

/// The hospital did not open yesterday: everybody has signed in for a month before.
fn habits(plan: &mut Plan, dice: &mut Dice) {
    for account in 0..plan.town.staff.len() {
        for _ in 0..dice.between(12, 24) {
            let before = TimeDelta::minutes(dice.between(60, 30 * 24 * 60));
            let act = Act::SignIn {
                account,
                terminal: terminal(dice),
                factor: SecondFactor::Totp,
            };
            plan.act(plan.at(0, 0) - before, act);
        }
    }
}

/// Everybody of a duty signs in, some of them at two terminals.
fn sign_ins(plan: &mut Plan, dice: &mut Dice, day: u32) {
    for (is_day, minutes) in [(true, DAY.0), (false, DAY.1)] {
        for account in crew(plan, day.into(), is_day) {
            for _ in 0..dice.between(1, 3) {
                let at = plan.at(day, minutes + dice.between(0, 300));
                let act = Act::SignIn {
                    account,
                    terminal: terminal(dice),
                    factor: SecondFactor::Totp,
                };
                plan.act(at, act);
            }
        }
    }
}

fn terminal(dice: &mut Dice) -> u8 {
    u8::try_from(dice.below(TERMINALS.into())).unwrap_or_default()
}

/// One emergency, with what usually comes with it.
fn emergency(plan: &mut Plan, dice: &mut Dice, at: DateTime<Utc>) {
    let crew = on_duty(plan, at);
    let Some(account) = dice.one(&crew).copied() else {
        return;
    };
    let Some(patient) = patient(plan, dice) else {
        return;
    };
    if dice.happens(60) {
        // Mistyped: somebody else is listed, and left alone.
        if let Some(other) = dice.one(&plan.town.others).copied() {
            let listed = vec![other];
            plan.act(at - TimeDelta::minutes(1), Act::Search { account, listed });
        }
    }
    let scene = usual(plan, dice, (at, account, patient));
    let (is_wrong, household) = (scene.end == End::WrongPatient, scene.household.clone());
    plan.look(scene);
    if !is_wrong && !dice.happens(UNREGISTERED) {
        // Many are registered before anybody looks, most within the hour, a few hours later.
        let minutes = match dice.below(10) {
            0..3 => dice.between(-30, -1),
            3..9 => dice.between(0, 60),
            _ => dice.between(60, 8 * 60),
        };
        plan.register(at + TimeDelta::minutes(minutes), patient);
    }
    if is_wrong && let Some(right) = household.first() {
        let again = usual(plan, dice, (at + TimeDelta::minutes(5), account, *right));
        plan.look(Scene {
            end: End::Hand,
            ..again
        });
        plan.register(at + TimeDelta::minutes(20), *right);
    }
    if dice.happens(300) {
        colleague(plan, dice, at, (account, patient));
    }
}

/// Somebody; now and then one of the staff has an accident, or somebody comes again.
fn patient(plan: &Plan, dice: &mut Dice) -> Option<usize> {
    if dice.happens(4) {
        let staff: Vec<usize> = plan.town.staff.iter().map(|one| one.citizen).collect();
        return dice.one(&staff).copied();
    }
    dice.one(&plan.town.others).copied()
}

/// What differs from look to look and is nothing.
fn usual(
    plan: &Plan,
    dice: &mut Dice,
    (at, account, patient): (DateTime<Utc>, usize, usize),
) -> Scene {
    let mut flags = BTreeSet::new();
    let reasons = [
        Reason::Unconscious,
        Reason::DangerToLife,
        Reason::CannotCommunicate,
        Reason::NoTime,
    ];
    let mut reason = dice.one(&reasons).copied().unwrap_or(Reason::NoTime);
    if dice.happens(25) {
        reason = Reason::Other;
        flags.insert(Flag::OtherReason);
    }
    for (flag, often) in [
        (Flag::Vouched, 5),
        (Flag::Delegated, 10),
        (Flag::FactorsResetLately, 8),
    ] {
        if dice.happens(often) {
            flags.insert(flag);
        }
    }
    let identified = match dice.below(100) {
        0..5 => None,
        5..9 => Some(IdentifiedBy::Belongings),
        9..60 => Some(IdentifiedBy::Crew),
        _ => Some(IdentifiedBy::Companion),
    };
    // Without a branch the whole household is listed.
    let household = if dice.happens(400) {
        plan.town.family(patient)
    } else {
        Vec::new()
    };
    let end = match dice.below(1_000) {
        0..15 if !household.is_empty() => End::WrongPatient,
        0..600 => End::Hand,
        600..900 => End::Time,
        _ => End::SignOut,
    };
    let found_by = if dice.happens(100) {
        FoundBy::Launch
    } else {
        FoundBy::Insurance
    };
    Scene {
        terminal: terminal(dice),
        lasts: dice.between(5, 225),
        reason,
        flags,
        identified,
        household,
        end,
        found_by,
        ..Scene::new(at, account, patient)
    }
}

/// A colleague takes part, or sees the patient on the round next morning.
fn colleague(
    plan: &mut Plan,
    dice: &mut Dice,
    at: DateTime<Utc>,
    (first, patient): (usize, usize),
) {
    let at = if dice.happens(700) {
        at + TimeDelta::minutes(dice.between(3, 120))
    } else {
        at + TimeDelta::minutes(dice.between(8 * 60, 20 * 60))
    };
    let crew: Vec<usize> = on_duty(plan, at)
        .into_iter()
        .filter(|other| *other != first)
        .collect();
    if let Some(account) = dice.one(&crew).copied() {
        let scene = usual(plan, dice, (at, account, patient));
        let is_wrong = scene.end == End::WrongPatient;
        let end = if is_wrong { End::Hand } else { scene.end };
        plan.look(Scene { end, ..scene });
    }
}

/// One evening a bus: twenty people within two hours, registered late, who is on duty stays on.
fn accident(plan: &mut Plan, dice: &mut Dice) {
    let day = plan.days * 2 / 3;
    for number in 0..20 {
        let at = plan.at(day, 16 * 60 + number * 6);
        let crew = on_duty(plan, plan.at(day, 16 * 60));
        let (Some(account), Some(patient)) = (
            dice.one(&crew).copied(),
            dice.one(&plan.town.others).copied(),
        ) else {
            continue;
        };
        let scene = usual(plan, dice, (at, account, patient));
        let mut flags = scene.flags.clone();
        if number > 8 {
            flags.extend([Flag::MoreThanUsual, Flag::InQuickSuccession]);
        }
        let end = End::Hand;
        plan.look(Scene {
            flags,
            end,
            ..scene
        });
        plan.register(at + TimeDelta::minutes(dice.between(30, 400)), patient);
    }
}
