//! Lines of the record: whose they are, and how they keep up with it. And that nothing grows
//! without end.

use super::*;

/// A link by a number that is a whole household's, under a grant.
fn household(grant: &str) -> Link {
    let mut link = link("1", "甲");
    link.person.number = MemberNumber::parse("00012345:ア:1:").unwrap();
    link.grant = Some(GrantId(grant.to_owned()));
    link
}

fn invalid(field: Field) -> Result<Taken, Refused> {
    Err(Refused::Invalid { field })
}

fn lines(run: &Run) -> Vec<(String, Standing)> {
    let lines = run.handoff.form.lines.iter();
    lines
        .map(|line| (line.text.clone(), line.standing))
        .collect()
}

#[test]
fn of_a_household_only_the_lines_under_the_grant_of_the_link_come_in() {
    let propose = |grant: &str| Step::Propose {
        person: Box::new(household(grant).person),
        grant: GrantId(grant.to_owned()),
        lines: vec![line("r1", "卵")],
    };
    let mut run = Run::new();
    run.crew(Step::Link(Box::new(household("father"))));
    let sons = run.try_step(&crew(), propose("son"));
    assert_eq!(sons, invalid(Field::Lines));
    assert_eq!(run.handoff.form.lines, []);
    run.crew(propose("father"));
    assert_eq!(run.handoff.form.lines.len(), 1);
}

#[test]
fn lines_of_the_same_number_under_another_system_do_not_come_in() {
    let mut run = Run::new();
    run.crew(Step::Link(Box::new(link("1", "甲"))));
    let mut person = Box::new(link("1", "甲").person);
    person.system = "urn:another".to_owned();
    let grant = GrantId("g1".to_owned());
    let lines = vec![line("r1", "卵")];
    let step = Step::Propose {
        person,
        grant,
        lines,
    };
    assert_eq!(run.try_step(&crew(), step), invalid(Field::Lines));
}

#[test]
fn every_grant_of_the_crew_is_kept_whoever_the_patient_turns_out_to_be() {
    let mut run = Run::new();
    run.crew(Step::Link(Box::new(household("first"))));
    run.crew(Step::Unlink);
    run.crew(Step::Link(Box::new(household("second"))));
    run.crew(Step::Link(Box::new(household("second"))));
    run.crew(Step::Link(Box::new(link("1", "甲"))));
    run.crew(propose("1", &[line("r1", "卵")]));
    let kept = ["first", "second", "g1"].map(|grant| GrantId(grant.to_owned()));
    assert_eq!(run.handoff.grants, kept);
    run.ask(&["a"]);
    run.hospital("a", Step::Accept);
    run.crew(arrive("隊長"));
    run.hospital("a", receive("医師"));
    run.hospital("a", Step::Link(Box::new(household("hospitals"))));
    assert_eq!(run.handoff.grants, kept, "a hospital's own stays open");
    let Some(Sight::Accepted(its)) = run.handoff.seen_by(&facility("a")) else {
        panic!("it accepted");
    };
    assert_eq!(its.grants, []);
}

#[test]
fn what_the_record_no_longer_says_goes_unless_the_crew_judged_it() {
    let mut run = Run::new();
    run.crew(Step::Link(Box::new(link("1", "甲"))));
    run.crew(propose(
        "1",
        &[line("r1", "卵"), line("r2", "乳"), line("r3", "蕎麦")],
    ));
    run.edit(&[Change::Standing(row("r1"), Standing::Confirmed)]);
    run.crew(propose("1", &[line("r3", "蕎麦"), line("r4", "海老")]));
    let expected = [
        ("卵".to_owned(), Standing::Confirmed),
        ("蕎麦".to_owned(), Standing::Proposed),
        ("海老".to_owned(), Standing::Proposed),
    ];
    assert_eq!(lines(&run), expected);
}

#[test]
fn a_line_that_the_record_says_otherwise_now_is_asked_again() {
    let mut run = Run::new();
    run.crew(Step::Link(Box::new(link("1", "甲"))));
    run.crew(propose("1", &[line("r1", "卵 軽症")]));
    run.edit(&[Change::Standing(row("r1"), Standing::Confirmed)]);
    run.crew(propose("1", &[line("r1", "卵 重症")]));
    assert_eq!(
        lines(&run),
        [("卵 重症".to_owned(), Standing::Proposed)],
        "nobody confirmed that"
    );
    let was = Change::Standing(row("r1"), Standing::Confirmed);
    assert_eq!(run.handoff.replaced[0].was, was);
}

#[test]
fn lines_of_the_record_and_of_the_crew_do_not_take_each_others_room() {
    let mut run = Run::new();
    run.crew(Step::Link(Box::new(link("1", "甲"))));
    let many: Vec<_> = (0..1_000).map(|n| line(&format!("r{n}"), "卵")).collect();
    run.crew(propose("1", &many));
    run.edit(&[Change::Line {
        id: row("c1"),
        part: Part::Other,
        text: "家族より".to_owned(),
    }]);
    assert_eq!(run.handoff.form.lines.len(), 1_001);
    let more: Vec<_> = (0..1_001).map(|n| line(&format!("r{n}"), "卵")).collect();
    let refused = run.try_step(&crew(), propose("1", &more));
    assert_eq!(refused, Err(Refused::Full));
}

#[test]
fn a_late_touch_on_a_line_goes_with_the_link() {
    let mut run = handed_over();
    run.edit(&[
        Change::Standing(row("r1"), Standing::Confirmed),
        Change::Course("後から".to_owned()),
    ]);
    run.edit(&[Change::Standing(row("r1"), Standing::Struck)]);
    assert_eq!(run.handoff.late.len(), 2);
    run.hospital("a", Step::Link(Box::new(link("2", "乙"))));
    let late: Vec<_> = run.handoff.late.iter().map(|late| &late.changes).collect();
    assert_eq!(late, [&[Change::Course("後から".to_owned())]]);
}

#[test]
fn a_hospital_named_often_is_asked_once_and_far_too_many_are_not_taken() {
    let mut run = Run::new();
    run.ask(&["a", "a", "b", "a"]);
    run.ask(&["b", "c"]);
    let asked = run.handoff.inquiries.iter();
    let asked: Vec<_> = asked.map(|inquiry| inquiry.hospital.0.as_str()).collect();
    assert_eq!(asked, ["a", "b", "c"]);
    let log = run.handoff.log.iter();
    let log: Vec<_> = log.filter_map(|one| one.hospital.as_ref()).collect();
    assert_eq!(
        log,
        ["a", "b", "c"].map(facility).iter().collect::<Vec<_>>()
    );
    let many = ask(&["a"; 101]);
    assert_eq!(run.try_step(&crew(), many), Err(Refused::Full));
}

#[test]
fn answers_that_change_nothing_have_an_end_and_hold_up_none_that_does() {
    let mut run = Run::new();
    run.ask(&["a", "b"]);
    run.hospital("a", Step::Accept);
    for _ in 0..100 {
        run.hospital("a", Step::Accept);
    }
    let version = run.handoff.version;
    let again = run.try_step(&at_hospital("a"), Step::Accept);
    assert_eq!(again, Err(Refused::Full));
    assert_eq!(run.handoff.version, version);
    // The crew withdraws, asks again, and the same account accepts.
    run.crew(withdraw("a"));
    run.ask(&["a"]);
    run.hospital("a", Step::Accept);
    run.crew(arrive("隊長"));
    run.hospital("a", receive("医師"));
    assert_eq!(run.stage(), StageWord::HandedOver);
    let ended = (0..101).map(|_| run.try_step(&crew(), arrive("隊長")));
    assert!(ended.into_iter().all(|one| one.is_err()), "too late");
}

#[test]
fn touches_that_come_too_late_have_an_end() {
    let mut run = handed_over();
    let many = vec![Change::Course("後".to_owned()); 500];
    run.edit(&many);
    run.edit(&many);
    let one = Step::Edit(vec![Change::Course("後".to_owned())]);
    assert_eq!(run.try_step(&crew(), one), Err(Refused::Full));
}

#[test]
fn what_the_record_does_not_say_of_the_person_the_crew_does() {
    let mut run = Run::new();
    run.edit(&[
        Change::Name("名乗り".to_owned()),
        Change::Kana("ナノリ".to_owned()),
        Change::BirthDate(Some("1960-04-01".parse().unwrap())),
    ]);
    run.crew(Step::Link(Box::new(link("1", "記録名"))));
    let identity = run.handoff.identity();
    assert_eq!(identity.name.as_deref(), Some("記録名"));
    assert_eq!(identity.kana.as_deref(), Some("ナノリ"));
    let born = identity.birth_date.map(|date| date.to_string());
    assert_eq!(born.as_deref(), Some("1960-04-01"));
    assert_eq!(run.handoff.age_band(), Some(AgeBand::Sixties));
}
