//! The tables that a hospital may change: windows per section and source, and what each role sees
//! under each basis.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{
    domain::{
        access::{Action, Role},
        assemble::{Span, Windows},
        consent::Category,
        section::{SectionName, SourceName},
        sight::{Sight, Sights},
    },
    summary::Rules,
};

use super::Problem;

/// `[windows.SECTION.SOURCE]`: what is not written stays as it is by default.
pub type WindowTable = BTreeMap<String, BTreeMap<String, Window>>;
/// `[access.ROLE.BASIS]`: what is not written stays as it is by default.
pub type AccessTable = BTreeMap<String, BTreeMap<String, Access>>;

/// `[consent.CATEGORY]`: what a consent for it opens; what is not written stays as it is by default.
pub type ConsentTable = BTreeMap<String, Access>;

/// One window: `45 days`, `3 months`, `5 years` or `all`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Window {
    /// Of the emergency view.
    pub emergency: Option<String>,
    /// Of the normal view.
    pub normal: Option<String>,
}

/// What a role sees under a basis.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Access {
    /// The sections shown; every other says that it is withheld.
    pub sections: Option<Vec<String>>,
    /// The sources asked; every other says that it is withheld.
    pub sources: Option<Vec<String>>,
    /// Whether covered rows are told of.
    pub covered: Option<bool>,
}

/// All tables as they apply, and everything that is wrong with what was written.
pub(super) fn rules(
    windows: &WindowTable,
    access: &AccessTable,
    consent: &ConsentTable,
) -> (Rules, Vec<Problem>) {
    let mut problems = Vec::new();
    let windows = read_windows(windows, &mut problems);
    let mut sights = read_sights(access, &mut problems);
    read_categories(consent, &mut sights, &mut problems);
    let rules = Rules { windows, sights };
    (rules, problems)
}

fn read_windows(written: &WindowTable, problems: &mut Vec<Problem>) -> Windows {
    let mut windows = Windows::default();
    for (section_word, sources) in written {
        for (source_word, window) in sources {
            let place = format!("windows.{section_word}.{source_word}");
            match read_window(section_word, source_word, window) {
                Ok((section, source, emergency, normal)) => {
                    windows.set(section, source, emergency, normal);
                }
                Err(whys) => {
                    let lines = whys
                        .into_iter()
                        .map(|why| Problem(format!("{place}: {why}")));
                    problems.extend(lines);
                }
            }
        }
    }
    windows
}

fn read_window(
    section: &str,
    source: &str,
    window: &Window,
) -> Result<(SectionName, SourceName, Span, Span), Vec<String>> {
    let section = section_of(section).map_err(|why| vec![why])?;
    let source = source_of(source).map_err(|why| vec![why])?;
    if !Windows::may_set(section, source) {
        return Err(vec![format!("{} has no window", section.word())]);
    }
    let default = Windows::default().spans(section, source);
    let (emergency, normal) = default.unwrap_or((Span::All, Span::All));
    let emergency = span_of("emergency", window.emergency.as_deref(), emergency);
    let normal = span_of("normal", window.normal.as_deref(), normal);
    match (emergency, normal) {
        (Ok(emergency), Ok(normal)) if emergency.can_exceed(normal) => Err(vec![
            "the emergency window reaches further back than the normal one".to_owned(),
        ]),
        (Ok(emergency), Ok(normal)) => Ok((section, source, emergency, normal)),
        (emergency, normal) => Err([emergency.err(), normal.err()]
            .into_iter()
            .flatten()
            .collect()),
    }
}

fn span_of(key: &str, written: Option<&str>, default: Span) -> Result<Span, String> {
    written.map_or(Ok(default), |text| {
        Span::parse(text).ok_or_else(|| {
            format!("{key}: {text:?} is no span; write such as \"45 days\", \"3 months\", \"5 years\" or \"all\"")
        })
    })
}

fn read_sights(written: &AccessTable, problems: &mut Vec<Problem>) -> Sights {
    let mut sights = Sights::default();
    for (role_word, bases) in written {
        let mut say = |place: &str, why: String| problems.push(Problem(format!("{place}: {why}")));
        let place = format!("access.{role_word}");
        let Some(role) = Role::parse(role_word) else {
            let known = Role::ALL.map(Role::word).join(", ");
            say(
                &place,
                format!("there is no such role; the roles are {known}"),
            );
            continue;
        };
        if !role.may(Action::ReadSummary) {
            say(&place, "this role never sees a clinical section".to_owned());
            continue;
        }
        for (basis_word, access) in bases {
            let place = format!("{place}.{basis_word}");
            let basis = Sights::BASES
                .into_iter()
                .find(|(word, _)| word == basis_word);
            let Some((_, basis)) = basis else {
                say(
                    &place,
                    "there is no such basis; write consented or emergency".to_owned(),
                );
                continue;
            };
            let default = sights.of(role, basis);
            let sections = words_of(access.sections.as_deref(), default.sections, section_of);
            let sources = words_of(access.sources.as_deref(), default.sources, source_of);
            let covered = access.covered.unwrap_or(default.covered);
            for why in sections.1.into_iter().chain(sources.1) {
                say(&place, why);
            }
            let (sections, sources) = (sections.0, sources.0);
            sights.set(
                role,
                basis,
                Sight {
                    sections,
                    sources,
                    covered,
                },
            );
        }
    }
    sights
}

fn read_categories(written: &ConsentTable, sights: &mut Sights, problems: &mut Vec<Problem>) {
    for (word, access) in written {
        let place = format!("consent.{word}");
        let Some(category) = Category::parse(word) else {
            let known = Category::ALL.map(Category::word).join(", ");
            problems.push(Problem(format!(
                "{place}: there is no such category; the categories are {known}"
            )));
            continue;
        };
        let default = sights.of_category(category);
        let sections = words_of(access.sections.as_deref(), default.sections, section_of);
        let sources = words_of(access.sources.as_deref(), default.sources, source_of);
        for why in sections.1.into_iter().chain(sources.1) {
            problems.push(Problem(format!("{place}: {why}")));
        }
        let sight = Sight {
            sections: sections.0,
            sources: sources.0,
            covered: access.covered.unwrap_or(default.covered),
        };
        sights.set_category(category, sight);
    }
}

/// The words that were written, each read; with what could not be.
fn words_of<T: Ord>(
    written: Option<&[String]>,
    default: BTreeSet<T>,
    read: fn(&str) -> Result<T, String>,
) -> (BTreeSet<T>, Vec<String>) {
    let Some(written) = written else {
        return (default, Vec::new());
    };
    let (mut known, mut unknown) = (BTreeSet::new(), Vec::new());
    for word in written {
        match read(word) {
            Ok(one) => drop(known.insert(one)),
            Err(why) => unknown.push(why),
        }
    }
    (known, unknown)
}

fn section_of(word: &str) -> Result<SectionName, String> {
    let known = SectionName::ALL
        .into_iter()
        .find(|section| section.word() == word);
    known.ok_or_else(|| {
        let words = SectionName::ALL.map(SectionName::word).join(", ");
        format!("there is no section {word:?}; the sections are {words}")
    })
}

fn source_of(word: &str) -> Result<SourceName, String> {
    let known = SourceName::CLINICAL
        .into_iter()
        .find(|source| source.word() == word);
    known.ok_or_else(|| {
        let words = SourceName::CLINICAL.map(SourceName::word).join(", ");
        format!("there is no source {word:?}; the sources are {words}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::Basis;

    #[derive(Deserialize)]
    struct Tables {
        #[serde(default)]
        windows: WindowTable,
        #[serde(default)]
        access: AccessTable,
        #[serde(default)]
        consent: ConsentTable,
    }

    fn read(text: &str) -> (Rules, Vec<String>) {
        let tables: Tables = toml::from_str(text).unwrap();
        let (rules, problems) = rules(&tables.windows, &tables.access, &tables.consent);
        (rules, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn nothing_written_is_the_default() {
        let (rules, problems) = read("");
        assert_eq!(rules.windows, Windows::default());
        assert_eq!(rules.sights, Sights::default());
        assert!(problems.is_empty());
    }

    #[test]
    fn a_window_is_widened_or_narrowed_and_what_is_not_written_stays() {
        let (rules, problems) = read(
            r#"
            [windows.drugs]
            claims = { emergency = "6 months" }
            emr = { emergency = "30 days", normal = "1 year" }
            [windows.documents.emr]
            emergency = "2 years"
            "#,
        );
        assert_eq!(problems, [""; 0]);
        let spans = |section, source| rules.windows.spans(section, source);
        let (months, days) = (Span::Months, Span::Days);
        for (section, source, expected) in [
            (
                SectionName::Drugs,
                SourceName::Claims,
                (months(6), months(60)),
            ),
            (SectionName::Drugs, SourceName::Emr, (days(30), months(12))),
            (
                SectionName::Drugs,
                SourceName::Eprescription,
                (days(45), days(100)),
            ),
            (
                SectionName::Documents,
                SourceName::Emr,
                (months(24), Span::All),
            ),
        ] {
            assert_eq!(
                spans(section, source),
                Some(expected),
                "{section:?} {source:?}"
            );
        }
        assert_eq!(spans(SectionName::Allergies, SourceName::Emr), None);
    }

    #[test]
    fn what_is_wrong_with_a_window_is_said_with_its_place() {
        for (text, said) in [
            (
                "drugz.claims = {}",
                "windows.drugz.claims: there is no section \"drugz\"",
            ),
            (
                "drugs.identity = {}",
                "windows.drugs.identity: there is no source \"identity\"",
            ),
            (
                "allergies.emr = {}",
                "windows.allergies.emr: allergies has no window",
            ),
            (
                "contraindications.emr = {}",
                "windows.contraindications.emr: contraindications has no window",
            ),
            (
                "drugs.claims.emergency = \"3 moons\"",
                "windows.drugs.claims: emergency: \"3 moons\" is no span",
            ),
            (
                "drugs.claims.normal = \"0 days\"",
                "windows.drugs.claims: normal: \"0 days\" is no span",
            ),
            (
                "drugs.emr.emergency = \"4 months\"",
                "windows.drugs.emr: the emergency window reaches further",
            ),
            (
                "visits.claims.normal = \"89 days\"",
                "windows.visits.claims: the emergency window reaches further",
            ),
        ] {
            let (_, problems) = read(&format!("[windows]\n{text}"));
            assert_eq!(problems.len(), 1, "{text}: {problems:?}");
            assert!(problems[0].starts_with(said), "{text}: {problems:?}");
        }
        let (_, both) = read("windows.drugs.emr = { emergency = \"x\", normal = \"y\" }");
        assert_eq!(both.len(), 2, "{both:?}");
    }

    #[test]
    fn a_role_sees_what_is_written_under_the_basis_it_is_written_for() {
        let (rules, problems) = read(
            r#"
            [access.paramedic.emergency]
            sections = ["allergies", "drugs", "problems"]
            sources = ["emr"]
            [access.nurse.consented]
            covered = false
            "#,
        );
        assert_eq!(problems, [""; 0]);
        let crew = rules.sights.of(Role::Paramedic, Basis::Emergency);
        assert_eq!(crew.sources, [SourceName::Emr].into());
        assert!(crew.sections.contains(&SectionName::Problems) && !crew.covered);
        assert!(!crew.sections.contains(&SectionName::Visits));
        let consented = rules.sights.of(Role::Paramedic, Basis::Consented);
        assert!(consented.sections.contains(&SectionName::Visits));
        let nurse = |basis| rules.sights.of(Role::Nurse, basis);
        assert!(!nurse(Basis::Consented).covered && nurse(Basis::Emergency).covered);
        assert_eq!(nurse(Basis::Consented).sections, SectionName::ALL.into());
    }

    #[test]
    fn a_category_opens_what_is_written_for_it() {
        let (rules, problems) = read(
            r#"
            [consent.drugs]
            sections = ["drugs", "allergies"]
            sources = ["eprescription", "emr"]
            "#,
        );
        assert_eq!(problems, [""; 0]);
        let drugs = rules.sights.of_category(Category::Drugs);
        assert!(drugs.sections.contains(&SectionName::Allergies) && !drugs.covered);
        assert!(!drugs.sources.contains(&SourceName::Claims));
        let default = Sights::default().of_category(Category::Chart);
        assert_eq!(rules.sights.of_category(Category::Chart), default);
        let (_, problems) = read("[consent.all]\nsections = [\"x\"]");
        assert!(problems[0].starts_with("consent.all: there is no such category"));
        let (_, problems) = read("[consent.chart]\nsections = [\"x\"]");
        assert!(problems[0].starts_with("consent.chart: there is no section"));
    }

    #[test]
    fn what_is_wrong_with_the_table_of_roles_is_said_with_its_place() {
        for (text, said) in [
            (
                "doctor.emergency = {}",
                "access.doctor: there is no such role",
            ),
            (
                "nurse.night = {}",
                "access.nurse.night: there is no such basis",
            ),
            (
                "nurse.emergency.sections = [\"x\"]",
                "access.nurse.emergency: there is no section \"x\"",
            ),
            (
                "nurse.emergency.sources = [\"identity\"]",
                "access.nurse.emergency: there is no source",
            ),
            (
                "clerk.emergency.sections = [\"drugs\"]",
                "access.clerk: this role never sees",
            ),
            (
                "auditor.consented.sections = [\"drugs\"]",
                "access.auditor: this role never sees",
            ),
            (
                "administrator.emergency = {}",
                "access.administrator: this role never sees",
            ),
        ] {
            let (_, problems) = read(&format!("[access]\n{text}"));
            assert_eq!(problems.len(), 1, "{text}: {problems:?}");
            assert!(problems[0].starts_with(said), "{text}: {problems:?}");
        }
    }
}
