//! The state of a section at one source, and of all sources, as full tables.

use super::*;
use crate::domain::{
    section::{Language, SectionName, SourceName},
    words::states::words as states_in,
};

const LANGUAGES: [Language; 2] = [Language::Ja, Language::En];

fn none(voice: Voice, denial: Denial) -> NoneStatement {
    NoneStatement {
        source: SourceName::Emr,
        voice,
        denial,
        who: Some("岩本 百合子".to_owned()),
        facility: Some("駅前病院".to_owned()),
        when: Some("2025-01-31".to_owned()),
        text: "アレルギー歴なし".to_owned(),
    }
}

fn empty(reason: &'static str) -> Empty<'static> {
    Empty {
        section: SectionName::Allergies,
        source: SourceName::Emr,
        reason,
        missing: 0,
        said: none(Voice::NoPerson, Denial::Whole),
    }
}

fn evidence<'a>() -> Evidence<'a> {
    Evidence {
        reach: Reach::Answered,
        files: false,
        carries: true,
        forbidden: false,
        shown: 0,
        outside: 0,
        withheld: 0,
        unreadable: 0,
        obscure: 0,
        more: false,
        set_aside: 0,
        none: Vec::new(),
        empties: Vec::new(),
        stale: None,
    }
}

/// Every input of the function, one bit or few values each.
const FLAGS: u32 = 11;
const REASONS: [Option<&str>; 6] = [
    None,
    Some("notasked"),
    Some("notstarted"),
    Some("withheld"),
    Some("unavailable"),
    Some("closed"),
];

/// Calls `check` for each of the 8 × 4 × 6 × 2^11 situations.
fn every_situation(mut check: impl FnMut(&Evidence<'_>)) {
    let statements: [Vec<NoneStatement>; 8] = [
        vec![],
        vec![none(Voice::Professional, Denial::Whole)],
        vec![none(Voice::Patient, Denial::Whole)],
        vec![none(Voice::NoPerson, Denial::Whole)],
        vec![none(Voice::Professional, Denial::Kind)],
        vec![none(Voice::Professional, Denial::Unconfirmed)],
        vec![
            none(Voice::NoPerson, Denial::Whole),
            none(Voice::Professional, Denial::Whole),
        ],
        vec![
            none(Voice::Professional, Denial::Whole),
            none(Voice::Professional, Denial::Refuted),
        ],
    ];
    let reaches = [
        Reach::Answered,
        Reach::Coming,
        Reach::Failed("x"),
        Reach::NotConnected,
    ];
    let at = "2025-11-20T03:00:00Z".parse().ok();
    for none in &statements {
        for reason in REASONS {
            let said = reason.map(empty);
            for reach in reaches {
                for bits in 0..1_u32 << FLAGS {
                    let on = |bit: u32| bits >> bit & 1 == 1;
                    let count = |bit: u32, many: usize| if on(bit) { many } else { 0 };
                    check(&Evidence {
                        reach,
                        files: on(0),
                        carries: on(1),
                        forbidden: on(2),
                        shown: count(3, 1),
                        outside: count(4, 2),
                        withheld: count(5, 2),
                        unreadable: count(6, 1),
                        obscure: count(7, 1),
                        more: on(8),
                        set_aside: count(9, 1),
                        none: none.iter().collect(),
                        empties: said.iter().collect(),
                        stale: at.filter(|_| on(10)),
                    });
                }
            }
        }
    }
}

/// The rule, said a second time: each line a situation and its state, the first that fits.
fn ruled(of: &Evidence<'_>) -> State {
    let reason = of.empties.first().map(|empty| empty.reason);
    let refuted = of.none.iter().any(|one| one.denial == Denial::Refuted);
    let by_a_person = of.none.iter().any(|one| {
        one.denial == Denial::Whole && matches!(one.voice, Voice::Professional | Voice::Patient)
    });
    let nothing_came = of.shown + of.outside + of.withheld + of.unreadable + of.set_aside == 0;
    let nothing_said = of.none.is_empty() && reason.is_none();
    let lines = [
        (
            !of.carries && !of.files && nothing_came && nothing_said,
            State::NotCovered,
        ),
        (of.forbidden, State::Withheld),
        (of.shown > 0, State::Present),
        (of.reach == Reach::Coming, State::Coming),
        (of.reach != Reach::Answered, State::NotFetched),
        (of.unreadable > 0 || of.more, State::NotFetched),
        (of.withheld > 0, State::Withheld),
        (reason == Some("unavailable"), State::NotFetched),
        (reason == Some("withheld"), State::Withheld),
        (
            matches!(reason, Some("notasked" | "notstarted")),
            State::NotAsked,
        ),
        (
            reason.is_some() || of.outside > 0 || refuted,
            State::ReportedEmpty,
        ),
        (by_a_person && of.obscure > 0, State::NotFetched),
        (by_a_person, State::NoneKnown),
        (!of.none.is_empty(), State::ReportedEmpty),
        (of.files && of.set_aside == 0, State::NotAsked),
    ];
    lines
        .into_iter()
        .find(|(fits, _)| *fits)
        .map_or(State::ReportedEmpty, |(_, state)| state)
}

#[test]
fn every_situation_of_one_source_has_the_state_of_the_first_rule_that_fits() {
    let mut seen = std::collections::BTreeSet::new();
    every_situation(|evidence| {
        let state = decide(evidence, states_in(Language::Ja)).0;
        assert_eq!(state, ruled(evidence), "{evidence:?}");
        seen.insert(state);
    });
    assert_eq!(seen.len(), 8, "every state occurs: {seen:?}");
}

#[test]
fn none_known_stands_on_a_persons_word_and_on_a_whole_answer() {
    every_situation(|evidence| {
        let (state, why) = decide(evidence, states_in(Language::Ja));
        assert_eq!(
            state == State::Present,
            evidence.shown > 0 && !evidence.forbidden,
            "{evidence:?}"
        );
        if evidence.reach == Reach::Answered && evidence.more {
            assert!(
                !matches!(state, State::NoneKnown | State::ReportedEmpty),
                "a part is never the whole: {evidence:?}"
            );
        }
        if state == State::NoneKnown {
            assert!(evidence.none.iter().any(|one| one.confirms()));
            assert_eq!(evidence.reach, Reach::Answered);
            assert_eq!(
                evidence.unreadable + evidence.obscure + evidence.withheld + evidence.outside,
                0,
                "{evidence:?}"
            );
            let why = why.unwrap();
            assert!(
                why.contains("岩本 百合子") && why.contains("駅前病院・2025-01-31"),
                "{why}"
            );
            assert_eq!(why.contains("取得分"), evidence.stale.is_some(), "{why}");
        }
    });
}

#[test]
fn every_silence_says_why_in_both_languages_and_only_a_confirmed_none_reads_as_none() {
    let mut said = std::collections::BTreeMap::new();
    every_situation(|evidence| {
        for language in LANGUAGES {
            let (state, why) = decide(evidence, states_in(language));
            if matches!(
                state,
                State::NotFetched | State::Withheld | State::NoneKnown
            ) {
                assert!(why.is_some(), "{evidence:?}");
            }
            let begins = |word: &str| why.as_deref().is_some_and(|why| why.starts_with(word));
            let reads_as_none = begins("なし：") || begins("None: ");
            assert_eq!(reads_as_none, state == State::NoneKnown, "{why:?}");
            if let Some(why) = why {
                let before = said.insert((why.clone(), language == Language::En), state);
                assert!(before.is_none_or(|before| before == state), "{why}");
                let is_japanese =
                    |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}');
                // The names within the statement are Japanese in either language.
                let own = ["アレルギー歴なし", "岩本 百合子", "駅前病院", "x"]
                    .iter()
                    .fold(why.clone(), |words, name| words.replace(name, ""));
                let expected = language == Language::Ja && !own.is_empty();
                assert_eq!(own.contains(is_japanese), expected, "{why}");
            }
        }
    });
}

#[test]
fn none_says_who_where_and_when() {
    for (voice, denial, words) in [
        (
            Voice::Professional,
            Denial::Whole,
            "なし：アレルギー歴なし（岩本 百合子・駅前病院・2025-01-31・電子カルテ情報共有サービス 確認）",
        ),
        (
            Voice::Patient,
            Denial::Whole,
            "なし：アレルギー歴なし（岩本 百合子・患者申告・駅前病院・2025-01-31・電子カルテ情報共有サービス 確認）",
        ),
        (
            Voice::NoPerson,
            Denial::Whole,
            "「アレルギー歴なし」の記載（岩本 百合子・駅前病院・2025-01-31・電子カルテ情報共有サービス）―「なし」の確認ではない",
        ),
        (
            Voice::Professional,
            Denial::Kind,
            "「アレルギー歴なし」の記載（岩本 百合子・駅前病院・2025-01-31・電子カルテ情報共有サービス）― ほかの種類については確認されていません",
        ),
        (
            Voice::Professional,
            Denial::Refuted,
            "「アレルギー歴なし」は否定されています（岩本 百合子・駅前病院・2025-01-31・電子カルテ情報共有サービス）― 有無は不明",
        ),
    ] {
        let statement = none(voice, denial);
        let evidence = Evidence {
            none: vec![&statement],
            ..evidence()
        };
        let (_, why) = decide(&evidence, states_in(Language::Ja));
        assert_eq!(why.as_deref(), Some(words));
    }
    let nameless = NoneStatement {
        who: None,
        facility: None,
        when: None,
        ..none(Voice::NoPerson, Denial::Whole)
    };
    assert_eq!(
        who(&nameless, states_in(Language::Ja)),
        "氏名の記載なし・日付不明・電子カルテ情報共有サービス"
    );
}

/// Present, then what is least certain: the order in which a reader must not be misled.
const ORDER: [State; 8] = [
    State::Present,
    State::Coming,
    State::NotFetched,
    State::Withheld,
    State::NotAsked,
    State::ReportedEmpty,
    State::NoneKnown,
    State::NotCovered,
];

#[test]
fn the_least_certain_of_all_sources_wins() {
    assert_eq!(State::combined([]), State::NotAsked);
    for first in ORDER {
        assert_eq!(State::combined([first]), first);
        for second in ORDER {
            for third in ORDER {
                let all = [first, second, third];
                let expected = ORDER.into_iter().find(|state| all.contains(state)).unwrap();
                assert_eq!(State::combined(all), expected, "{all:?}");
                let combined = State::combined([State::combined([first, second]), third]);
                assert_eq!(combined, expected, "in any grouping");
                if expected == State::NoneKnown {
                    assert!(
                        all.iter()
                            .all(|state| matches!(state, State::NoneKnown | State::NotCovered)),
                        "nobody else may have anything to say: {all:?}"
                    );
                }
            }
        }
    }
}

/// B14: no state of a section can be taken for another one by its words.
#[test]
fn the_words_of_the_states_are_told_apart_in_both_languages() {
    for language in LANGUAGES {
        let text = states_in(language);
        let none = (text.none_known)("x", "y");
        let unlike = [
            text.reported_empty.to_owned(),
            text.empty_inside_window.to_owned(),
            text.not_asked.to_owned(),
            text.not_covered.to_owned(),
            (text.withheld)(2),
            (text.withheld_by_sender)("y"),
            text.forbidden.to_owned(),
            (text.not_fetched)("x"),
            text.coming.to_owned(),
            (text.unconfirmed_none)("x", "y"),
            (text.kind_none)("x", "y"),
            (text.refuted_none)("x", "y"),
        ];
        let label = none.split(['：', ':']).next().unwrap();
        for words in &unlike {
            assert!(!words.starts_with(label), "{words}");
        }
        let distinct: std::collections::BTreeSet<&String> = unlike.iter().chain([&none]).collect();
        assert_eq!(distinct.len(), unlike.len() + 1);
        for why in [
            text.not_connected,
            text.unavailable,
            text.more_unseen,
            &(text.unreadable)(1),
            &(text.may_belong)(1),
        ] {
            let said = (text.not_fetched)(why);
            assert!(!said.contains("なし"), "{said}");
            assert_eq!(said.matches(['（', '(']).count(), 1, "one level: {said}");
        }
    }
}
