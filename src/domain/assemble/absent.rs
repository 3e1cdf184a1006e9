//! Resources that stand for "none known" or "no information": never a drug, a problem or an operation.

use crate::domain::{
    allergy::Allergy,
    code::Concept,
    date::Date,
    record::{Content, Record},
    section::SectionName,
};

use super::{
    denial::{self, Denied},
    rows,
};

/// Code system of the International Patient Summary for them (withdrawn by HL7, still sent).
const SYSTEM: &str = "absent-unknown-uv-ips";

/// SNOMED CT situations that the International Patient Summary 2.0 recommends in its place, and
/// the Australian "no known current medicines".
const NONE: [(&str, SectionName); 4] = [
    ("787481004", SectionName::Drugs),
    ("1234391000168107", SectionName::Drugs),
    ("160245001", SectionName::Problems),
    ("787480003", SectionName::Procedures),
];
/// SNOMED CT: no information available.
const NO_INFORMATION: &str = "1287211007";

/// What such a resource says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absence<'a> {
    /// Why nothing is known, as an `emptyReason`; `None` where it says "none".
    pub(super) reason: Option<&'static str>,
    /// Whether only its words say so: they are quoted, and confirm nothing.
    pub(super) in_words: bool,
    /// Whether the denial was refuted.
    pub(super) refuted: bool,
    /// Its words.
    pub(super) words: &'a str,
    /// When it was written.
    pub(super) when: Option<Date>,
}

/// What `record` says, if it is such a resource. Denials of allergies have their own reading
/// ([`super::denial`]), because they tell apart what is denied; here is only that nobody knows.
pub(super) fn said(record: &Record) -> Option<Absence<'_>> {
    let ((concept, alone), when, section, refuted) = match &record.content {
        Content::Problem(problem) => {
            let verification = problem.verification.as_deref();
            if verification == Some("entered-in-error") {
                return None;
            }
            let refuted = verification == Some("refuted");
            let alone = problem.notes.is_empty()
                && problem.prefixes.is_empty()
                && problem.postfixes.is_empty();
            (
                (&problem.name, alone),
                problem.recorded.or(problem.onset),
                SectionName::Problems,
                refuted,
            )
        }
        Content::Medication(drug) => {
            if drug.status.as_deref() == Some("entered-in-error") {
                return None;
            }
            let alone =
                drug.notes.is_empty() && drug.dosages.is_empty() && drug.ingredients.is_empty();
            let when = drug.authored.or(drug.dispensed).or(drug.starts);
            ((&drug.drug, alone), when, SectionName::Drugs, false)
        }
        Content::Procedure(procedure) => {
            if procedure.status.as_deref() == Some("entered-in-error") {
                return None;
            }
            let alone = procedure.notes.is_empty() && procedure.body_sites.is_empty();
            let when = procedure.performed;
            (
                (&procedure.code, alone),
                when,
                SectionName::Procedures,
                false,
            )
        }
        Content::Allergy(allergy) => return said_of_allergies(allergy),
        Content::Patient(_)
        | Content::Observation(_)
        | Content::Visit(_)
        | Content::Document(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => return None,
    };
    let coded = reading(concept, section);
    let spoken = || (alone && says_none(concept, section)).then_some(Reading::None);
    let reading = coded.or_else(spoken)?;
    Some(Absence {
        in_words: coded.is_none(),
        reason: (reading == Reading::Unavailable).then_some("unavailable"),
        refuted,
        words: super::row::words_of(concept).unwrap_or_default(),
        when,
    })
}

/// That nobody knows or asked, said in an allergy's place.
fn said_of_allergies(allergy: &Allergy) -> Option<Absence<'_>> {
    let stands = !matches!(
        allergy.verification.as_deref(),
        Some("entered-in-error" | "refuted")
    );
    let reason = match denial::denied(allergy).filter(|_| stands)? {
        Denied::Nothing => "unavailable",
        Denied::NotAsked => "notasked",
        Denied::All | Denied::Drugs | Denied::Food | Denied::Other => return None,
    };
    Some(Absence {
        reason: Some(reason),
        in_words: false,
        refuted: false,
        words: super::row::words_of(&allergy.agent).unwrap_or_default(),
        when: allergy.recorded,
    })
}

/// Words around a bare denial; longer ones first.
const FILLERS: [&str; 12] = [
    "現時点",
    "すべき",
    "特記",
    "事項",
    "特に",
    "該当",
    "現在",
    "こと",
    "の",
    "は",
    "も",
    "歴",
];
/// "None", as charts write it.
const NONE_WORDS: [&str; 7] = ["ありません", "認めず", "なし", "無し", "ない", "none", "無"];
/// What is denied as a whole in each section, longer words first.
const DENIED_WHOLE: [(SectionName, &[&str]); 3] = [
    (
        SectionName::Drugs,
        &[
            "服用中",
            "内服中",
            "内服薬",
            "常用薬",
            "服用薬",
            "処方薬",
            "持参薬",
            "定期薬",
            "使用薬",
            "常備薬",
            "医薬品",
            "薬剤",
            "内服",
            "常用",
            "服用",
            "服薬",
            "投薬",
            "処方",
            "薬",
        ],
    ),
    (
        SectionName::Problems,
        &[
            "既往症",
            "基礎疾患",
            "傷病名",
            "併存症",
            "併存疾患",
            "既往",
            "病名",
            "持病",
            "病",
        ],
    ),
    (SectionName::Procedures, &["手術", "処置", "手技", "既往"]),
];

/// Whether the words are nothing but a denial of the section: 「なし」, 「内服薬なし」. A code that
/// names something, a question mark or any other word makes it a row.
fn says_none(concept: &Concept, section: SectionName) -> bool {
    let Some(words) = super::row::words_of(concept).filter(|words| !denial::is_doubtful(words))
    else {
        return false;
    };
    let words = denial::squeezed(words);
    let same = |display: &str| denial::squeezed(display) == words;
    let is_named = concept.codings.iter().any(|coding| {
        let named = coding
            .code
            .as_deref()
            .is_some_and(|code| !rows::is_dummy(code));
        named && !coding.display.as_deref().is_some_and(same)
    });
    let nouns = DENIED_WHOLE
        .iter()
        .filter(|(of, _)| *of == section)
        .flat_map(|(_, nouns)| nouns.iter());
    let nouns: Vec<&str> = nouns.copied().collect();
    let mut rest = words.as_str();
    let mut none = false;
    while !rest.is_empty() {
        let after = |known: &[&str]| known.iter().find_map(|word| rest.strip_prefix(word));
        if let Some(after) = after(&NONE_WORDS) {
            none = true;
            rest = after;
        } else if let Some(after) = after(&nouns).or_else(|| after(&FILLERS)) {
            rest = after;
        } else {
            return false;
        }
    }
    none && !is_named
}

/// What a code that names nothing says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// There is none.
    None,
    /// Nobody knows.
    Unavailable,
}

/// `None` where the concept names something.
fn reading(concept: &Concept, section: SectionName) -> Option<Reading> {
    concept.codings.iter().find_map(|coding| {
        let code = coding.code.as_deref()?;
        let system = coding.system.as_deref().unwrap_or_default();
        if system.ends_with(SYSTEM) {
            if code.starts_with("no-known-") {
                return Some(Reading::None);
            }
            return code.ends_with("-info").then_some(Reading::Unavailable);
        }
        if !system.ends_with("snomed.info/sct") {
            return None;
        }
        if NONE.contains(&(code, section)) {
            return Some(Reading::None);
        }
        (code == NO_INFORMATION).then_some(Reading::Unavailable)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{code::Coding, medication::Medication, problem::Problem, record};

    const SCT: &str = "http://snomed.info/sct";
    const IPS: &str = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips";

    fn coded(system: &str, code: &str) -> Concept {
        Concept {
            text: None,
            codings: vec![Coding {
                system: Some(system.to_owned()),
                code: Some(code.to_owned()),
                display: Some("words".to_owned()),
            }],
        }
    }

    fn reads(content: Content) -> Option<Reading> {
        let record = Record {
            resource: "x/1".to_owned(),
            subject: record::Subject::default(),
            origin: record::Origin::default(),
            tags: Vec::new(),
            profiles: Vec::new(),
            last_updated: None,
            identifiers: Vec::new(),
            unreadable: Vec::new(),
            content,
        };
        said(&record).map(|absence| match absence.reason {
            Some(_) => Reading::Unavailable,
            None => Reading::None,
        })
    }

    #[test]
    fn no_known_medication_is_no_drug_and_no_information_is_not_none() {
        let none = Some(Reading::None);
        let unknown = Some(Reading::Unavailable);
        for (system, code, of_drug, of_problem) in [
            (IPS, "no-known-medications", none, none),
            (IPS, "no-medication-info", unknown, unknown),
            (SCT, "787481004", none, None),
            (SCT, "1234391000168107", none, None),
            (SCT, "160245001", None, none),
            (SCT, "1287211007", unknown, unknown),
            (SCT, "372756006", None, None),
            ("urn:local", "787481004", None, None),
        ] {
            let drug = Medication {
                drug: coded(system, code),
                ..Medication::default()
            };
            let problem = Problem {
                name: coded(system, code),
                ..Problem::default()
            };
            assert_eq!(
                reads(Content::Medication(Box::new(drug))),
                of_drug,
                "{code}"
            );
            assert_eq!(
                reads(Content::Problem(Box::new(problem))),
                of_problem,
                "{code}"
            );
        }
    }

    #[test]
    fn what_was_entered_in_error_says_nothing() {
        let drug = Medication {
            drug: coded(SCT, "787481004"),
            status: Some("entered-in-error".to_owned()),
            ..Medication::default()
        };
        assert_eq!(reads(Content::Medication(Box::new(drug))), None);
    }

    /// Words with a code of their own.
    fn said_with(code: &str, display: &str) -> Option<Reading> {
        let drug = Medication {
            drug: Concept {
                text: Some("内服薬なし".to_owned()),
                codings: vec![Coding {
                    system: Some("urn:local".to_owned()),
                    code: Some(code.to_owned()),
                    display: Some(display.to_owned()),
                }],
            },
            ..Medication::default()
        };
        reads(Content::Medication(Box::new(drug)))
    }

    #[test]
    fn a_denial_in_words_stands_unless_a_code_beside_it_names_something_else() {
        let none = Some(Reading::None);
        for (code, display, expected) in [
            ("L001", "内服薬なし", none),
            ("L001", "内服薬　なし", none),
            ("99999999", "その他", none),
            ("L001", "ワルファリン", None),
            ("L001", "", None),
        ] {
            assert_eq!(said_with(code, display), expected, "{code} {display}");
        }
    }
}
