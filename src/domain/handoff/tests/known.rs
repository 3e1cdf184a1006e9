//! What is known of whom: links, the record's lines, and what each facility sees of them.

use super::*;
use crate::domain::{date::Date, patient::Sex};

#[test]
fn a_link_that_goes_takes_everything_of_the_record_with_it() {
    let mut run = Run::new();
    let typed = Change::Line {
        id: row("c1"),
        part: Part::Allergies,
        text: "家族より そば".to_owned(),
    };
    run.edit(&[Change::Name("名乗り".to_owned()), typed]);
    run.crew(Step::Link(Box::new(link("1", "別人"))));
    run.crew(propose(
        "1",
        &[line("r1", "別人の卵"), line("r2", "別人の薬")],
    ));
    run.edit(&[Change::Standing(row("r1"), Standing::Confirmed)]);
    run.edit(&[Change::Standing(row("r1"), Standing::Struck)]);
    assert_eq!(run.handoff.identity().name.as_deref(), Some("別人"));
    run.crew(Step::Unlink);
    assert!(!format!("{:?}", run.handoff).contains("別人"));
    assert_eq!(run.handoff.replaced, []);
    assert_eq!(run.handoff.identity().name.as_deref(), Some("名乗り"));
    assert_eq!(run.handoff.form.lines.len(), 1);
    // Lines still on their way, and a touch on a line that is gone, change nothing of it.
    let late = run.try_step(&crew(), propose("1", &[line("r1", "別人の卵")]));
    assert_eq!(
        late,
        Err(Refused::Invalid {
            field: Field::Lines
        })
    );
    run.edit(&[Change::Standing(row("r1"), Standing::Confirmed)]);
    assert_eq!(run.handoff.form.lines.len(), 1);
}

#[test]
fn lines_stay_only_where_the_new_link_is_surely_the_same_person() {
    for (first, second, kept) in [("1", "1", 1), ("1", "2", 0)] {
        let mut run = Run::new();
        run.crew(Step::Link(Box::new(link(first, "甲"))));
        run.crew(propose(first, &[line("r1", "卵")]));
        run.crew(Step::Link(Box::new(link(second, "甲"))));
        assert_eq!(run.handoff.form.lines.len(), kept, "{first} {second}");
    }
    // Without its branch a number is the whole household's.
    let mut household = link("1", "甲");
    household.person.number = MemberNumber::parse("00012345:ア:1:").unwrap();
    household.grant = Some(GrantId("g1".to_owned()));
    let lines = Step::Propose {
        person: Box::new(household.person.clone()),
        grant: GrantId("g1".to_owned()),
        lines: vec![line("r1", "卵")],
    };
    let mut run = Run::new();
    run.crew(Step::Link(Box::new(household.clone())));
    run.crew(lines);
    assert_eq!(run.handoff.form.lines.len(), 1);
    run.crew(Step::Link(Box::new(household)));
    assert_eq!(run.handoff.form.lines, []);
}

#[test]
fn a_confirmed_line_is_not_asked_again_and_a_crew_never_writes_over_the_record() {
    let mut run = Run::new();
    run.crew(Step::Link(Box::new(link("1", "甲"))));
    run.crew(propose("1", &[line("r1", "卵")]));
    run.edit(&[Change::Standing(row("r1"), Standing::Confirmed)]);
    run.crew(propose("1", &[line("r1", "卵"), line("r2", "乳")]));
    let standing: Vec<Standing> = run
        .handoff
        .form
        .lines
        .iter()
        .map(|line| line.standing)
        .collect();
    assert_eq!(standing, [Standing::Confirmed, Standing::Proposed]);
    let over = Step::Edit(vec![Change::Line {
        id: row("r1"),
        part: Part::Allergies,
        text: "なし".to_owned(),
    }]);
    let field = Field::Row;
    assert_eq!(run.try_step(&crew(), over), Err(Refused::Invalid { field }));
    let typed = RecordLine {
        by_crew: true,
        ..line("r3", "蕎麦")
    };
    let field = Field::Lines;
    assert_eq!(
        run.try_step(&crew(), propose("1", &[typed])),
        Err(Refused::Invalid { field })
    );
}

#[test]
fn the_crew_keeps_what_it_typed_and_loses_the_record_with_the_handover() {
    let mut run = handed_over();
    let Some(Sight::Crew(own)) = run.handoff.seen_by(&facility("fire")) else {
        panic!("the crew sees its run");
    };
    let own = format!("{own:?}");
    assert!(own.contains("患者名"));
    assert!(!own.contains("記録"));
    let stage = StageWord::HandedOver;
    for step in [Step::Unlink, Step::Link(Box::new(link("2", "乙")))] {
        assert_eq!(run.try_step(&crew(), step), Err(Refused::TooLate { stage }));
    }
    // The hospital may learn later who it is; the crew does not.
    run.hospital("a", Step::Link(Box::new(link("2", "記録の乙"))));
    let own = format!("{:?}", run.handoff.seen_by(&facility("fire")));
    assert!(!own.contains("記録"));
    let its = format!("{:?}", run.handoff.seen_by(&facility("a")));
    assert!(its.contains("記録の乙"));
}

#[test]
fn each_facility_sees_what_its_answer_allows() {
    let mut run = Run::new();
    run.edit(&[
        Change::Name("患者名".to_owned()),
        Change::Course("経過文".to_owned()),
        Change::ComplaintNote("胸痛30分".to_owned()),
    ]);
    run.ask(&["a", "b"]);
    run.hospital(
        "b",
        Step::AskBack {
            text: "b院の質問".to_owned(),
        },
    );
    let asked = run.handoff.seen_by(&facility("a")).unwrap();
    let told = format!("{asked:?}");
    assert!(matches!(asked, Sight::Asked(_)));
    assert!(told.contains("胸痛30分"));
    for hidden in ["患者名", "経過文", "b院の質問"] {
        assert!(!told.contains(hidden), "{hidden}");
    }
    run.hospital("a", Step::Accept);
    let told = format!("{:?}", run.handoff.seen_by(&facility("a")));
    assert!(told.contains("患者名") && told.contains("経過文"));
    assert!(!told.contains("b院の質問"));
    let gone = run.handoff.seen_by(&facility("b")).unwrap();
    let Sight::Gone(inquiries) = gone else {
        panic!("another hospital accepted");
    };
    assert_eq!(inquiries.len(), 1);
    assert_eq!(inquiries[0].talk, []);
    assert_eq!(run.handoff.seen_by(&facility("never-asked")), None);
    assert_eq!(run.handoff.board_row(&facility("b")), None);
    let row = run.handoff.board_row(&facility("a")).unwrap();
    assert!(!format!("{row:?}").contains("患者名"));
    assert_eq!(row.stage, StageWord::Accepted);
}

#[test]
fn a_run_is_the_same_after_it_was_stored() {
    let mut run = handed_over();
    let set = VitalSet {
        jcs: Jcs::parse("30-R"),
        gcs: Gcs::parse("E3VTM5"),
        ..vital("v1", 3)
    };
    run.edit(&[Change::Vital(set)]);
    let stored = postcard::to_allocvec(&run.handoff).unwrap();
    let read: Handoff = postcard::from_bytes(&stored).unwrap();
    assert_eq!(read, run.handoff);
}

#[test]
fn a_list_of_many_patients_takes_each_touch_once() {
    let mut list = MassCasualty::begin(facility("fire"), at(0));
    let add = |id: &str, triage| MassStep::Add {
        id: row(id),
        triage,
    };
    let mut apply = |id: &str, step| list.apply(step_id(id), &crew(), step, at(1));
    assert_eq!(apply("1", add("p1", Triage::Red)), Ok(Taken::New));
    assert_eq!(apply("1", add("p1", Triage::Red)), Ok(Taken::Before));
    let field = Field::Row;
    assert_eq!(
        apply("2", add("p1", Triage::Green)),
        Err(Refused::Invalid { field })
    );
    assert_eq!(apply("3", add("p2", Triage::Green)), Ok(Taken::New));
    let worse = MassStep::Triage(row("p2"), Triage::Red);
    assert_eq!(apply("4", worse), Ok(Taken::New));
    assert_eq!(apply("5", add("p3", Triage::Black)), Ok(Taken::New));
    assert_eq!(
        apply("6", MassStep::Strike(row("p3"), true)),
        Ok(Taken::New)
    );
    assert_eq!(
        list.counts(),
        [
            (Triage::Red, 2),
            (Triage::Yellow, 0),
            (Triage::Green, 0),
            (Triage::Black, 0)
        ]
    );
    let colours: Vec<Triage> = list.entries[1]
        .triaged
        .iter()
        .map(|given| given.triage)
        .collect();
    assert_eq!(colours, [Triage::Green, Triage::Red]);
    let mut placed = |id: &str, place: &str| {
        let step = MassStep::Place(row("p1"), place.to_owned());
        list.apply(step_id(id), &crew(), step, at(2))
    };
    assert_eq!(placed("p-1", "東口"), Ok(Taken::New));
    assert_eq!(placed("p-2", "救護所"), Ok(Taken::New));
    let field = Field::TooLong;
    assert_eq!(
        placed("p-3", &"x".repeat(201)),
        Err(Refused::Invalid { field })
    );
    assert_eq!(list.entries[0].place, "救護所");
    assert_eq!(
        list.replaced[0].was,
        MassStep::Place(row("p1"), "東口".to_owned())
    );
    let other = party("other", "other-fire", true);
    let refused = list.apply(step_id("7"), &other, MassStep::End, at(2));
    assert_eq!(refused, Err(Refused::NotYours));
    let ended = list.apply(step_id("8"), &crew(), MassStep::End, at(3));
    assert_eq!(ended, Ok(Taken::New));
    let stage = StageWord::Ended;
    let late = list.apply(step_id("9"), &crew(), add("p4", Triage::Red), at(4));
    assert_eq!(late, Err(Refused::TooLate { stage }));
}

#[test]
fn a_hospital_is_measured_by_its_own_answer_only() {
    let mut run = Run::new();
    run.ask(&["a", "b", "c", "d"]);
    run.hospital("b", decline());
    run.hospital("a", Step::Accept);
    run.crew(withdraw("a"));
    run.ask(&["d"]);
    run.crew(withdraw("d"));
    let took = |word: &str| {
        let inquiry = run.handoff.inquiry(&facility(word)).unwrap();
        inquiry.answered_after().map(|took| took.num_minutes())
    };
    assert_eq!(
        ["a", "b", "c", "d"].map(took),
        [Some(2), Some(1), None, None]
    );
}

#[test]
fn a_run_is_overdue_from_its_expected_arrival_until_it_arrives() {
    let mut run = Run::new();
    run.ask(&["a"]);
    let is_overdue = |run: &Run| {
        let row = run.handoff.board_row(&facility("a")).unwrap();
        [9, 10, 11].map(|minutes| row.is_overdue(at(minutes)))
    };
    assert_eq!(is_overdue(&run), [false; 3]);
    run.edit(&[Change::Eta(Some(at(10)))]);
    assert_eq!(is_overdue(&run), [false, false, true]);
    run.hospital("a", Step::Accept);
    assert_eq!(is_overdue(&run), [false, false, true]);
    run.crew(arrive("隊長"));
    assert_eq!(is_overdue(&run), [false; 3]);
}

#[test]
fn what_the_crew_entered_otherwise_than_the_record_is_named_and_nothing_else_is() {
    let born = |text: &str| Change::BirthDate(Some(text.parse().unwrap()));
    let name = |text: &str| Change::Name(text.to_owned());
    let cases = [
        (vec![], vec![]),
        (vec![name("山田　太郎"), born("1954-03-12")], vec![]),
        (
            vec![name("ﾔﾏﾀﾞ ﾀﾛｳ"), Change::Sex(Some(Sex::Unknown))],
            vec![],
        ),
        (
            vec![name("鈴木 次郎")],
            vec![Differs::Name("鈴木 次郎".to_owned())],
        ),
        (
            vec![born("1954-03-13"), Change::Sex(Some(Sex::Female))],
            vec![
                Differs::BirthDate("1954-03-13".parse().unwrap()),
                Differs::Sex(Sex::Female),
            ],
        ),
        // Crews estimate: seventy-two may look like sixty.
        (vec![Change::AgeBand(Some(AgeBand::Sixties))], vec![]),
        (
            vec![Change::AgeBand(Some(AgeBand::Thirties))],
            vec![Differs::AgeBand(AgeBand::Thirties)],
        ),
    ];
    for (changes, expected) in cases {
        let mut run = Run::new();
        if !changes.is_empty() {
            run.edit(&changes);
        }
        assert_eq!(run.handoff.differs(), [], "nobody is linked");
        let mut known = link("1", "山田 太郎");
        known.person.patient = Some(Patient {
            name: Some("山田 太郎".to_owned()),
            kana: Some("ヤマダ タロウ".to_owned()),
            birth_date: Date::parse("1954-03-12"),
            sex: Some(Sex::Male),
            ..Patient::default()
        });
        run.crew(Step::Link(Box::new(known)));
        assert_eq!(run.handoff.differs(), expected, "{changes:?}");
    }
}
