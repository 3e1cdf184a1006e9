//! Both sides at once, in any order: double touches, two crews on one run, an acceptance while the
//! crew withdraws, steps sent twice and late, others' ids.

use proptest::prelude::*;

use super::*;

/// Everybody who may send something: two crews of the department, one of another, three hospitals
/// that may be asked (one of them with two accounts), and one that never is.
fn everybody() -> Vec<Party> {
    vec![
        crew(),
        party("mate", "fire", true),
        party("stranger", "other-fire", true),
        at_hospital("a"),
        party("physician-of-a", "a", false),
        at_hospital("b"),
        at_hospital("c"),
        at_hospital("never-asked"),
        party("clerk-of-fire", "fire", false),
    ]
}

const HOSPITALS: [&str; 4] = ["a", "b", "c", "never-asked"];

/// A step as it was sent; sent again it is the same.
#[derive(Clone, Debug)]
struct Sent {
    id: StepId,
    by: Party,
    step: Step,
}

fn asked() -> impl Strategy<Value = FacilityId> {
    proptest::sample::select(&HOSPITALS[..3]).prop_map(facility)
}

/// What is typed: each text only once, so that it can be looked for; identities begin with 秘.
fn typed(n: usize) -> impl Strategy<Value = Vec<Change>> {
    let one = prop_oneof![
        Just(Change::Name(format!("秘名{n}。"))),
        Just(Change::Kana(format!("秘カナ{n}。"))),
        Just(Change::Course(format!("秘経過{n}。"))),
        Just(Change::ComplaintNote(format!("主訴{n}。"))),
        Just(Change::PatientLabel(format!("身元不明{n}。"))),
        (0..3_u8).prop_map(move |row_of| Change::Line {
            id: row(&format!("c{row_of}")),
            part: Part::Other,
            text: format!("秘行{n}。"),
        }),
        (0..3_u8, 0..60_i64).prop_map(move |(row_of, minutes)| Change::Vital(VitalSet {
            glucose_tenths: Some(1_000_000 + u32::try_from(n).unwrap()),
            ..vital(&format!("v{row_of}"), minutes)
        })),
        (0..3_u8).prop_map(move |row_of| Change::Treatment(Done {
            id: row(&format!("t{row_of}")),
            what: Treatment::Oxygen,
            at: None,
            note: format!("秘処置{n}。"),
            struck: false,
        })),
        (0..2_u8)
            .prop_map(|row_of| Change::Standing(row(&format!("r{row_of}")), Standing::Confirmed)),
    ];
    proptest::collection::vec(one, 1..4)
}

fn step(n: usize) -> impl Strategy<Value = Step> {
    let known = |number: &'static str| Step::Link(Box::new(link(number, &format!("秘録{number}"))));
    let lines = |number: &'static str| {
        let lines = [0, 1].map(|of| line(&format!("r{of}"), &format!("秘録{number}の記録")));
        propose(number, &lines)
    };
    prop_oneof![
        6 => typed(n).prop_map(Step::Edit),
        4 => proptest::collection::vec(asked(), 1..4).prop_map(|hospitals| Step::Ask { hospitals }),
        5 => Just(Step::Accept),
        2 => Just(decline()),
        2 => Just(Step::AskBack { text: format!("問{n}。") }),
        2 => asked().prop_map(move |hospital| Step::Answer { hospital, text: format!("秘答{n}。") }),
        3 => asked().prop_map(|hospital| Step::Withdraw { hospital }),
        3 => Just(arrive(&format!("隊長{n}"))),
        3 => Just(receive(&format!("看護師{n}"))),
        1 => Just(Step::End { why: WhyEnded::Withdrawn }),
        2 => proptest::sample::select(vec!["1", "2"]).prop_map(known),
        1 => Just(Step::Unlink),
        2 => proptest::sample::select(vec!["1", "2"]).prop_map(lines),
    ]
}

/// Steps of both sides, some of them sent again at any later time.
fn traffic() -> impl Strategy<Value = Vec<Sent>> {
    let one = |n: usize| {
        (0..everybody().len(), step(n)).prop_map(move |(who, step)| {
            let is_crews = !matches!(
                step,
                Step::Accept | Step::Decline { .. } | Step::AskBack { .. } | Step::Receive { .. }
            );
            // Mostly a step of one's own side.
            let all = everybody();
            let by = if n.is_multiple_of(9) {
                all[who].clone()
            } else {
                let side: Vec<&Party> = all
                    .iter()
                    .filter(|party| party.is_crew == is_crews)
                    .collect();
                side[who % side.len()].clone()
            };
            Sent {
                id: step_id(&format!("s{n}")),
                by,
                step,
            }
        })
    };
    let fresh: Vec<_> = (0..60).map(one).collect();
    let again = proptest::collection::vec((0..60_usize, 0..80_usize), 0..20);
    (fresh, again).prop_map(|(mut sent, again)| {
        for (which, place) in again {
            let copy = sent[which].clone();
            sent.insert(place.min(sent.len()), copy);
        }
        sent
    })
}

/// Every text in what was typed, and each vital sign by its number.
fn texts(changes: &[Change]) -> Vec<String> {
    let text = |change: &Change| {
        if let Change::Name(text)
        | Change::Kana(text)
        | Change::Course(text)
        | Change::ComplaintNote(text)
        | Change::PatientLabel(text)
        | Change::Line { text, .. }
        | Change::Treatment(Done { note: text, .. }) = change
        {
            Some(text.clone())
        } else if let Change::Vital(set) = change {
            set.glucose_tenths.map(|number| number.to_string())
        } else {
            None
        }
    };
    changes.iter().filter_map(text).collect()
}

fn at_most_one_acceptance_stands(handoff: &Handoff) {
    let accepted: Vec<&FacilityId> = handoff
        .inquiries
        .iter()
        .filter(|inquiry| matches!(inquiry.state, InquiryState::Accepted { .. }))
        .map(|inquiry| &inquiry.hospital)
        .collect();
    let at_stage: Vec<&FacilityId> = handoff.stage.hospital().into_iter().collect();
    assert_eq!(accepted, at_stage);
    if handoff.stage != Stage::Open {
        let is_asked = |inquiry: &Inquiry| inquiry.state == InquiryState::Asked;
        assert!(!handoff.inquiries.iter().any(is_asked));
    }
}

fn nobody_sees_more_than_the_answer_allows(handoff: &Handoff) {
    for word in HOSPITALS {
        let hospital = facility(word);
        let sight = handoff.seen_by(&hospital);
        let told = format!("{sight:?}");
        let state = handoff.inquiry(&hospital).map(|one| one.state.word());
        match (state, &sight) {
            (None, None) => {}
            (Some("asked"), Some(Sight::Asked(incoming))) => {
                // What the crew answered this hospital is its own.
                let mut incoming = incoming.clone();
                incoming.inquiry.as_mut().unwrap().talk.clear();
                assert!(!format!("{incoming:?}").contains('秘'), "{word}");
            }
            (Some("accepted"), Some(Sight::Accepted(its))) => {
                let is_own = |inquiry: &Inquiry| inquiry.hospital == hospital;
                assert!(its.inquiries.iter().all(is_own));
            }
            (Some("declined" | "withdrawn" | "taken"), Some(Sight::Gone(_))) => {
                for form in ["秘", "主訴", "身元不明"] {
                    assert!(!told.contains(form), "{word}");
                }
            }
            other => panic!("{word}: {other:?}"),
        }
        let row = handoff.board_row(&hospital).map(|mut row| {
            row.inquiry.as_mut().unwrap().talk.clear();
            row
        });
        assert!(!format!("{row:?}").contains('秘'), "{word}");
    }
    assert_eq!(handoff.seen_by(&facility("other-fire")), None);
    assert!(!format!("{:?}", handoff.without_identity()).contains('秘'));
    if !handoff.stage.is_open() {
        let own = format!("{:?}", handoff.seen_by(&facility("fire")));
        assert!(!own.contains("秘録"));
    }
}

fn nothing_of_another_link_is_there(handoff: &Handoff) {
    let all = format!("{handoff:?}");
    let linked = handoff.linked.as_ref();
    for number in ["1", "2"] {
        let is_linked = linked.is_some_and(|link| link.patient_key.0 == format!("key-{number}"));
        assert!(is_linked || !all.contains(&format!("秘録{number}")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_in_whatever_order_there_is_one_clear_state(sent in traffic()) {
        let mut handoff = begun();
        let mut taken: Vec<Sent> = Vec::new();
        let mut kept: Vec<String> = Vec::new();
        let mut handed_over: Option<Stage> = None;
        for (minutes, sent) in (1..).zip(sent) {
            let before = handoff.clone();
            let Sent { id, by, step } = sent.clone();
            let told = handoff.apply(id.clone(), &by, step.clone(), at(minutes));
            let was_taken = taken.iter().any(|old| old.id == id && old.by == by);
            prop_assert_eq!(told == Ok(Taken::Before), was_taken);
            if told == Ok(Taken::New) {
                prop_assert_eq!(handoff.version, before.version + 1);
                if let Step::Edit(changes) = &step {
                    kept.extend(texts(changes));
                }
                if let Step::AskBack { text } | Step::Answer { text, .. } = &step {
                    kept.push(text.clone());
                }
                taken.push(sent);
            } else {
                prop_assert_eq!(&handoff, &before);
            }
            at_most_one_acceptance_stands(&handoff);
            nobody_sees_more_than_the_answer_allows(&handoff);
            nothing_of_another_link_is_there(&handoff);
            if handed_over.is_some() {
                prop_assert_eq!(Some(&handoff.stage), handed_over.as_ref());
            } else if let Stage::HandedOver { crew_name, hospital_name, arrived, at, .. } = &handoff.stage {
                prop_assert!(crew_name.starts_with("隊長") && hospital_name.starts_with("看護師"));
                prop_assert!(arrived <= at);
                handed_over = Some(handoff.stage.clone());
            }
        }
        let all = format!("{handoff:?}");
        for text in &kept {
            prop_assert!(all.contains(text), "lost: {}", text);
        }
    }

    #[test]
    fn everything_sent_again_in_any_order_changes_nothing(
        sent in traffic(), order in any::<proptest::sample::Index>(),
    ) {
        let mut handoff = begun();
        let mut taken: Vec<Sent> = Vec::new();
        for (minutes, sent) in (1..).zip(sent) {
            let Sent { id, by, step } = sent.clone();
            if handoff.apply(id, &by, step, at(minutes)) == Ok(Taken::New) {
                taken.push(sent);
            }
        }
        let last = handoff.clone();
        if !taken.is_empty() {
            let turn = order.index(taken.len());
            taken.rotate_left(turn);
            taken.reverse();
        }
        for Sent { id, by, step } in taken {
            prop_assert_eq!(handoff.apply(id, &by, step, at(500)), Ok(Taken::Before));
        }
        prop_assert_eq!(handoff, last);
    }

    /// A tablet without a connection sends its touches in their order, and each until an answer
    /// comes back: how long ago it was says another number each time.
    #[test]
    fn a_queue_whose_answers_are_lost_ends_as_if_each_touch_was_sent_once(
        (touches, lost) in (1..20_usize).prop_flat_map(|many| {
            let touches: Vec<_> = (0..many).map(typed).collect();
            (touches, proptest::collection::vec(0..4_u32, many))
        }),
    ) {
        let (mut once, mut again) = (begun(), begun());
        for (n, (changes, lost)) in touches.into_iter().zip(lost).enumerate() {
            let now = at(i64::try_from(n).unwrap());
            let id = StepId::new(&format!("touch-{n}")).unwrap();
            let kept = |ago: u32| {
                let mut changes = changes.clone();
                changes.push(Change::Ago(100 + ago));
                Step::Edit(changes)
            };
            let first = once.apply(id.clone(), &crew(), kept(0), now);
            prop_assert_eq!(again.apply(id.clone(), &crew(), kept(0), now), first);
            for ago in 0..lost {
                let told = again.apply(id.clone(), &crew(), kept(ago), at(500));
                let field = Field::StepId;
                let expected = match first {
                    Ok(_) if ago == 0 => Ok(Taken::Before),
                    Ok(_) => Err(Refused::Invalid { field }),
                    refused => refused,
                };
                prop_assert_eq!(told, expected);
            }
        }
        prop_assert_eq!(once, again);
    }

    #[test]
    fn an_acceptance_and_a_withdrawal_at_once_come_to_one_end(accepts_first in any::<bool>()) {
        let mut run = Run::new();
        run.ask(&["a", "b"]);
        if accepts_first {
            run.hospital("a", Step::Accept);
            run.crew(withdraw("a"));
            prop_assert_eq!(run.state("b"), "taken");
        } else {
            run.crew(withdraw("a"));
            let told = run.try_step(&at_hospital("a"), Step::Accept);
            prop_assert_eq!(told, Err(Refused::Withdrawn));
            prop_assert_eq!(run.state("b"), "asked");
        }
        prop_assert_eq!(run.state("a"), "withdrawn");
        prop_assert_eq!(run.stage(), StageWord::Open);
    }
}

#[test]
fn the_traffic_comes_to_every_stage_every_answer_and_every_refusal() {
    use std::collections::BTreeSet;

    use proptest::{strategy::ValueTree, test_runner::TestRunner};

    let mut runner = TestRunner::deterministic();
    let (mut stages, mut answers) = (BTreeSet::new(), BTreeSet::new());
    let mut refusals = BTreeSet::new();
    for _ in 0..60 {
        let mut handoff = begun();
        let sent = traffic().new_tree(&mut runner).unwrap().current();
        for (minutes, Sent { id, by, step }) in (1..).zip(sent) {
            if let Err(refused) = handoff.apply(id, &by, step, at(minutes)) {
                let told = format!("{refused:?}");
                refusals.insert(told.split(' ').next().unwrap().to_owned());
            }
            stages.insert(handoff.stage.word());
            answers.extend(handoff.inquiries.iter().map(|one| one.state.word()));
        }
    }
    assert_eq!(stages.len(), StageWord::ALL.len(), "{stages:?}");
    assert_eq!(answers.len(), 5, "{answers:?}");
    let expected = [
        "AlreadyTaken",
        "Declined",
        "Invalid",
        "NotYet",
        "NotYours",
        "TooLate",
        "Withdrawn",
    ];
    assert!(refusals.iter().eq(expected), "{refusals:?}");
}
