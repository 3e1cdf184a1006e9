//! Steps one after the other.

use super::*;

#[test]
fn the_first_acceptance_stands_and_the_others_are_told_in_the_same_step() {
    let mut run = Run::new();
    run.ask(&["a", "b", "c"]);
    run.hospital("c", decline());
    run.hospital("b", Step::Accept);
    assert_eq!(run.stage(), StageWord::Accepted);
    assert_eq!(
        ["a", "b", "c"].map(|word| run.state(word)),
        ["taken", "accepted", "declined"]
    );
    let late = run.try_step(&at_hospital("a"), Step::Accept);
    assert_eq!(late, Err(Refused::AlreadyTaken));
    let late = run.try_step(&at_hospital("c"), Step::Accept);
    assert_eq!(late, Err(Refused::Declined));
}

#[test]
fn a_second_touch_on_accept_changes_neither_who_nor_when() {
    let mut run = Run::new();
    run.ask(&["a"]);
    run.hospital("a", Step::Accept);
    let first = run.handoff.inquiries.clone();
    let other = party("physician-of-a", "a", false);
    assert_eq!(run.try_step(&other, Step::Accept), Ok(Taken::New));
    assert_eq!(run.handoff.inquiries, first);
}

#[test]
fn withdrawing_what_was_accepted_opens_the_run_again_and_keeps_both_times() {
    let mut run = Run::new();
    run.ask(&["a", "b"]);
    run.hospital("a", Step::Accept);
    run.crew(withdraw("a"));
    assert_eq!(run.stage(), StageWord::Open);
    let inquiry = run.handoff.inquiry(&facility("a")).unwrap();
    assert_eq!(
        inquiry.state,
        InquiryState::Withdrawn {
            at: at(3),
            accepted: Some(at(2)),
            accepted_by: Some(at_hospital("a").account),
        }
    );
    let refused = run.try_step(&at_hospital("a"), Step::Accept);
    assert_eq!(refused, Err(Refused::Withdrawn));
    run.ask(&["b"]);
    run.hospital("b", Step::Accept);
    assert_eq!(run.state("b"), "accepted");
    assert_eq!(run.handoff.inquiries.len(), 3);
}

#[test]
fn the_handover_names_both_sides_and_keeps_the_first_of_each() {
    let mut run = Run::new();
    run.ask(&["a", "b"]);
    let early = run.try_step(&crew(), arrive("隊長"));
    let stage = StageWord::Open;
    assert_eq!(early, Err(Refused::NotYet { stage }));
    run.hospital("a", Step::Accept);
    let early = run.try_step(&at_hospital("a"), receive("看護師"));
    let stage = StageWord::Accepted;
    assert_eq!(early, Err(Refused::NotYet { stage }));
    let nameless = run.try_step(&crew(), arrive("　"));
    assert_eq!(nameless, Err(Refused::Invalid { field: Field::Name }));
    run.crew(arrive("隊長"));
    run.crew(arrive("隊員"));
    assert_eq!(
        run.try_step(&at_hospital("b"), receive("他院")),
        Err(Refused::AlreadyTaken)
    );
    run.hospital("a", receive("看護師"));
    run.hospital("a", receive("医師"));
    assert_eq!(
        run.handoff.stage,
        Stage::HandedOver {
            hospital: facility("a"),
            crew_name: "隊長".to_owned(),
            hospital_name: "看護師".to_owned(),
            arrived: at(6),
            at: at(9),
        }
    );
    assert_eq!(run.handoff.form.times.hospital, Some(at(6)));
}

#[test]
fn who_has_accepted_cannot_decline_having_seen_who_it_is() {
    let mut run = Run::new();
    run.ask(&["a"]);
    run.hospital("a", Step::Accept);
    let stage = StageWord::Accepted;
    assert_eq!(
        run.try_step(&at_hospital("a"), decline()),
        Err(Refused::TooLate { stage })
    );
    assert_eq!(run.state("a"), "accepted");
}

#[test]
fn nobody_else_takes_a_step() {
    let mut run = Run::new();
    run.ask(&["a"]);
    let before = run.handoff.clone();
    let own = || Step::Edit(vec![Change::Course("x".to_owned())]);
    for (by, step) in [
        (party("other-captain", "other-fire", true), own()),
        (party("other-captain", "other-fire", true), Step::Accept),
        (party("clerk", "fire", false), own()),
        (at_hospital("b"), Step::Accept),
        (at_hospital("a"), own()),
        (at_hospital("a"), ask(&["b"])),
        (at_hospital("a"), withdraw("a")),
        (at_hospital("a"), arrive("x")),
        (party("crew-like", "a", true), Step::Accept),
        (party("crew-like", "a", true), own()),
        (crew(), Step::Accept),
        (crew(), decline()),
        (crew(), receive("x")),
        (at_hospital("a"), Step::Link(Box::new(link("1", "甲")))),
        (at_hospital("a"), Step::Unlink),
    ] {
        let told = run.try_step(&by, step.clone());
        assert_eq!(told, Err(Refused::NotYours), "{by:?} {step:?}");
    }
    assert_eq!(run.handoff, before);
}

#[test]
fn what_is_wrong_in_a_step_is_named_and_nothing_changes() {
    let mut run = Run::new();
    run.ask(&["a"]);
    let before = run.handoff.clone();
    let edit = |change| Step::Edit(vec![Change::Course("x".to_owned()), change]);
    let other = || Step::Decline {
        reason: DeclineReason::Other,
        note: " ".to_owned(),
    };
    let text = |text: &str| Step::AskBack {
        text: text.to_owned(),
    };
    for (by, step, field) in [
        (crew(), Step::Edit(Vec::new()), Field::Empty),
        (crew(), ask(&[]), Field::Empty),
        (crew(), ask(&["b", "fire"]), Field::Hospital),
        (crew(), withdraw("b"), Field::Hospital),
        (crew(), edit(Change::Name("名".repeat(101))), Field::TooLong),
        (at_hospital("a"), other(), Field::Note),
        (at_hospital("a"), text(""), Field::Text),
        (at_hospital("a"), text(&"x".repeat(4_001)), Field::TooLong),
        (crew(), propose("1", &[line("r1", "卵")]), Field::Lines),
    ] {
        let told = run.try_step(&by, step.clone());
        assert_eq!(told, Err(Refused::Invalid { field }), "{step:?}");
    }
    assert_eq!(run.handoff, before);
}

#[test]
fn an_id_used_again_for_something_else_is_refused_and_not_lost() {
    let mut handoff = begun();
    let course = |text: &str| Step::Edit(vec![Change::Course(text.to_owned())]);
    let mut apply = |by: &Party, step| handoff.apply(step_id("one"), by, step, at(1));
    assert_eq!(apply(&crew(), course("a")), Ok(Taken::New));
    assert_eq!(apply(&crew(), course("a")), Ok(Taken::Before));
    let field = Field::StepId;
    assert_eq!(apply(&crew(), course("b")), Err(Refused::Invalid { field }));
    // Another account's id is another id.
    let mate = party("mate", "fire", true);
    assert_eq!(apply(&mate, course("b")), Ok(Taken::New));
    assert_eq!(handoff.form.course, "b");
}

#[test]
fn what_was_typed_and_replaced_stays_beside_the_form() {
    let mut run = Run::new();
    let note = |text: &str| Change::ComplaintNote(text.to_owned());
    run.edit(&[note("胸が"), note("胸が痛い"), note("腹が痛い")]);
    run.edit(&[Change::Sex(Some(crate::domain::patient::Sex::Male))]);
    run.edit(&[Change::Sex(None)]);
    let was: Vec<Change> = run
        .handoff
        .replaced
        .iter()
        .map(|replaced| replaced.was.clone())
        .collect();
    // Typing on replaces nothing.
    assert_eq!(
        was,
        [
            note("胸が痛い"),
            Change::Sex(Some(crate::domain::patient::Sex::Male))
        ]
    );
}

#[test]
fn a_row_that_grows_loses_nothing_and_one_that_changes_is_kept() {
    let mut run = Run::new();
    let bare = vital("v1", 5);
    let pulse = VitalSet {
        pulse: Some(80),
        ..bare.clone()
    };
    let more = VitalSet {
        spo2: Some(97),
        ..pulse.clone()
    };
    let other = VitalSet {
        pulse: Some(90),
        ..more.clone()
    };
    for set in [&bare, &pulse, &more] {
        run.edit(&[Change::Vital(set.clone())]);
    }
    assert_eq!(run.handoff.replaced, []);
    run.edit(&[Change::Vital(other.clone())]);
    assert_eq!(run.handoff.form.vitals, [other]);
    assert_eq!(run.handoff.replaced.len(), 1);
    assert_eq!(run.handoff.replaced[0].was, Change::Vital(more));
}

#[test]
fn sets_stand_in_the_order_of_their_times_whatever_order_they_came_in() {
    let mut run = Run::new();
    for (id, minutes) in [("v3", 9), ("v1", 2), ("v2", 5)] {
        run.edit(&[Change::Vital(vital(id, minutes))]);
    }
    let order: Vec<String> = run
        .handoff
        .form
        .vitals
        .iter()
        .map(|set| set.id.to_string())
        .collect();
    assert_eq!(order, ["v1", "v2", "v3"]);
}

#[test]
fn what_comes_after_the_handover_stands_beside_the_form_as_it_was_handed_over() {
    let mut run = handed_over();
    let form = run.handoff.form.clone();
    run.edit(&[Change::Course("圏外で入力".to_owned())]);
    assert_eq!(run.handoff.form, form);
    assert_eq!(run.handoff.late.len(), 1);
    assert_eq!(
        run.handoff.late[0].changes,
        [Change::Course("圏外で入力".to_owned())]
    );
}

#[test]
fn an_ended_run_tells_every_hospital_still_in_play() {
    let mut run = Run::new();
    run.ask(&["a", "b"]);
    run.hospital("b", decline());
    let end = |why| Step::End { why };
    run.crew(end(WhyEnded::Refused));
    run.crew(end(WhyEnded::Refused));
    assert_eq!(
        ["a", "b"].map(|word| run.state(word)),
        ["withdrawn", "declined"]
    );
    let stage = StageWord::Ended;
    for (by, step) in [
        (at_hospital("a"), Step::Accept),
        (crew(), end(WhyEnded::Dead)),
        (crew(), ask(&["c"])),
        (crew(), arrive("隊長")),
    ] {
        assert_eq!(run.try_step(&by, step), Err(Refused::TooLate { stage }));
    }
}

#[test]
fn touches_of_one_account_in_a_row_are_one_line_of_the_log() {
    let mut run = Run::new();
    run.edit(&[Change::Course("a".to_owned())]);
    run.edit(&[Change::Course("ab".to_owned())]);
    run.ask(&["a", "b"]);
    run.edit(&[Change::Course("abc".to_owned())]);
    let words: Vec<(&str, Option<&str>)> = run
        .handoff
        .log
        .iter()
        .map(|happened| {
            let hospital = happened.hospital.as_ref().map(|hospital| &*hospital.0);
            (&*happened.word, hospital)
        })
        .collect();
    assert_eq!(
        words,
        [
            ("begin", None),
            ("edit", None),
            ("ask", Some("a")),
            ("ask", Some("b")),
            ("edit", None)
        ]
    );
    assert_eq!(run.handoff.log[1].until, at(2));
}

#[test]
fn a_full_form_never_holds_up_the_hospitals_answer() {
    let mut run = Run::new();
    run.ask(&["a"]);
    let mut last = Ok(Taken::New);
    for n in 0..3_000 {
        last = run.try_step(
            &crew(),
            Step::Edit(vec![Change::Label(Label::Police, n % 2 == 0)]),
        );
        if last.is_err() {
            break;
        }
    }
    assert_eq!(last, Err(Refused::Full));
    run.hospital("a", Step::Accept);
    run.crew(arrive("隊長"));
    run.hospital("a", receive("看護師"));
    assert_eq!(run.stage(), StageWord::HandedOver);
}
