//! アレルギー, 薬剤, 背景 and その他 out of a summary: the half of a handover that the record can fill.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::domain::{
    access::Grant,
    clock::japanese_time,
    date::Date,
    handoff::{Part, RecordLine, RowId, Standing},
    section::{Freshness, Language, SectionName, SourceName, State},
    summary::{Item, Partial, Section, SourceState, Summary},
    words::states::{self, StateWords},
};

/// Rows of a section that is handed over whole, at most; the rest is counted.
const WHOLE: usize = 100;
/// Rows of another section, at most; the rest is counted.
const EACH: usize = 10;

/// What fills which part, and how many rows of it at most. Infections and laboratory results are
/// not handed over by a tablet that lies beside bystanders, and documents are read where they are:
/// [`not_handed_over`] says so.
const FILLED: [(Part, SectionName, usize); 9] = [
    (Part::Allergies, SectionName::Allergies, WHOLE),
    (Part::Allergies, SectionName::Contraindications, WHOLE),
    (Part::Medications, SectionName::Drugs, WHOLE),
    (Part::Background, SectionName::Problems, WHOLE),
    (Part::Background, SectionName::Operations, EACH),
    (Part::Background, SectionName::Dialysis, EACH),
    (Part::Other, SectionName::Visits, EACH),
    (Part::Other, SectionName::Procedures, EACH),
    (Part::Other, SectionName::Checkups, EACH),
];

/// What a summary that was assembled under a grant proposes, in the order of the form. What a
/// section says beside its rows, that it is not whole or has none among it, stands in lines of its
/// own: what is not there is never taken for none.
#[must_use]
pub fn lines(summary: &Summary, grant: &Grant) -> Vec<RecordLine> {
    let language = summary.language;
    let mut paper = Paper {
        of: whose(grant),
        named: BTreeMap::new(),
        lines: Vec::new(),
    };
    for (part, name, most) in FILLED {
        let Some(section) = summary.sections.get(&name) else {
            continue;
        };
        let source = source_of(section, name);
        for item in section.items.iter().take(most) {
            paper.row(part, name, item, source);
        }
        let left = section.items.len().saturating_sub(most);
        for text in said(part, section, left, language) {
            let text = format!("{}：{text}", title(name, language));
            paper.say(part, text, source);
        }
    }
    for notice in &summary.notices {
        paper.say(Part::Other, notice.text.clone(), SourceName::Emr);
    }
    let hidden = not_handed_over(language).to_owned();
    paper.say(Part::Other, hidden, SourceName::Emr);
    paper.lines
}

/// Whose lines they are: a touch on a line that comes late from a tablet must never find another
/// patient's. A whole family's number does not tell one from the other, the grant does.
fn whose(grant: &Grant) -> String {
    let key = &grant.patient_key.0;
    if grant.person.number.is_one_persons() {
        key.clone()
    } else {
        format!("{key} {}", grant.id.0)
    }
}

/// The lines so far.
struct Paper {
    of: String,
    /// How many rows have the same key: what cannot be told apart is numbered.
    named: BTreeMap<String, usize>,
    lines: Vec<RecordLine>,
}

impl Paper {
    fn row(&mut self, part: Part, name: SectionName, item: &Item, asked: SourceName) {
        let date = item.date.as_deref().and_then(Date::parse);
        let source = item.source.unwrap_or(asked);
        let key = format!("{} {}", name.word(), key(item));
        self.add(part, &key, (item.text.clone(), source, date));
    }

    fn say(&mut self, part: Part, text: String, source: SourceName) {
        let key = text.clone();
        self.add(part, &key, (text, source, None));
    }

    /// The same line of the same patient has the same id whenever it is proposed: what the crew
    /// said of it stays.
    fn add(
        &mut self,
        part: Part,
        key: &str,
        (text, source, date): (String, SourceName, Option<Date>),
    ) {
        let part_and_key = format!("{} {key}", part.word());
        let same = self.named.entry(part_and_key.clone()).or_default();
        *same += 1;
        let whole = format!("{}\n{same}\n{part_and_key}", self.of);
        let digest = Sha256::digest(whole.as_bytes());
        let word = data_encoding::HEXLOWER.encode(digest.get(..12).unwrap_or_default());
        self.lines
            .extend(RowId::new(&format!("r-{word}")).map(|id| RecordLine {
                id,
                part,
                text,
                source: Some(source),
                date,
                standing: Standing::Proposed,
                by_crew: false,
            }));
    }
}

/// What makes a row the same one, in whatever language it is read.
fn key(item: &Item) -> String {
    let tones: Vec<_> = item.tags.iter().map(|tag| tag.tone).collect();
    let marks = (item.past, item.covered, tones, item.details.len());
    let words = (&item.resource, &item.title, &item.value, &item.date);
    format!("{words:?} {marks:?}")
}

/// What a section says beside its rows: what always belongs to it, that there are none, or not all,
/// and how old that is.
fn said(part: Part, section: &Section, left: usize, language: Language) -> Vec<String> {
    let words = states::words(language);
    let mut said = beside(part, section, language);
    if left > 0 {
        said.push(match language {
            Language::Ja => format!("ほか{left}件（要約を参照）"),
            Language::En => format!("{left} more (see the summary)"),
        });
    }
    if let Some(partial) = &section.partial {
        let more = not_whole(partial, &section.notes, language);
        said.extend(more.into_iter().filter(|one| !section.notes.contains(one)));
    }
    for source in &section.sources {
        let is_stale = source.freshness == Freshness::Stale;
        if let Some(at) = source.fetched_at.filter(|_| is_stale) {
            let when = japanese_time(at).format("%Y-%m-%d %H:%M").to_string();
            let name = (words.source)(source.source);
            said.push(format!("{name} {}", (words.stale)(&when)));
        }
    }
    said
}

/// What is not whole about a section. The notes may say it, too: of what could not be read they say
/// how much of it is shown.
fn not_whole(partial: &Partial, notes: &[String], language: Language) -> Vec<String> {
    let words = states::words(language);
    let uncoded = |count: usize| match language {
        Language::Ja => format!("コードがなく分類できないもの {count}件"),
        Language::En => format!("{count} without a code could not be classified"),
    };
    let is_partly_said = (1..=partial.unreadable).any(|partly| {
        let said = [
            (words.partly_unreadable)(partly),
            (words.unreadable)(partly),
        ];
        notes.iter().any(|note| said.contains(note))
    });
    let unreadable = if is_partly_said {
        0
    } else {
        partial.unreadable
    };
    let counted: [(usize, &dyn Fn(usize) -> String); 4] = [
        (unreadable, &words.unreadable),
        (partial.uncoded, &uncoded),
        (partial.outside_window, &words.outside_window),
        (partial.withheld, &words.withheld),
    ];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0);
    let mut said: Vec<String> = counted.map(|(count, words)| words(count)).collect();
    said.extend(
        partial
            .more_at_source
            .then(|| words.more_at_source.to_owned()),
    );
    let missing = partial.sources_missing.iter();
    said.extend(missing.map(|source| (words.not_fetched)((words.source)(*source))));
    said
}

/// The section's own sentences; of a section without rows at least its state. What a crew is not
/// asked first, and surely has no row, stays short.
fn beside(part: Part, section: &Section, language: Language) -> Vec<String> {
    let words = states::words(language);
    let is_uncertain = matches!(
        section.state,
        State::NotFetched | State::Coming | State::Withheld
    );
    let is_empty = section.items.is_empty();
    if is_empty && part == Part::Other && !is_uncertain {
        return Vec::new();
    }
    let mut said = section.notes.clone();
    // Why something is withheld may be untold, and B3's sentence does not say that it is.
    let is_told = |source: &SourceState| source.why.as_ref().is_some_and(|why| said.contains(why));
    let is_standing_said = !said.is_empty()
        && (section.state != State::Withheld || section.sources.iter().any(is_told));
    if is_empty && !is_standing_said {
        said.insert(0, standing(section.state, words).clone());
    }
    said
}

/// How a section without rows stands, where it has no sentence of its own for it.
fn standing(state: State, words: &StateWords) -> String {
    match state {
        State::Withheld => words.forbidden.to_owned(),
        State::Coming => words.coming.to_owned(),
        State::NotCovered => words.not_covered.to_owned(),
        State::NotFetched => (words.not_fetched)(words.unavailable),
        State::ReportedEmpty => words.reported_empty.to_owned(),
        State::Present | State::NoneKnown | State::NotAsked => words.not_asked.to_owned(),
    }
}

/// What the crew may have seen, and does not hand over.
const fn not_handed_over(language: Language) -> &'static str {
    match language {
        Language::Ja => "感染症・検査・文書は引継ぎに含まれません（要約を参照）",
        Language::En => {
            "Infections, laboratory results and documents are not handed over (see the summary)"
        }
    }
}

/// The source that is asked for a section first.
fn source_of(section: &Section, name: SectionName) -> SourceName {
    let asked = section.sources.iter().map(|one| one.source);
    asked
        .chain(SourceName::CLINICAL)
        .find(|source| source.carries(name))
        .unwrap_or(SourceName::Emr)
}

const fn title(name: SectionName, language: Language) -> &'static str {
    use SectionName as S;
    match (name, language) {
        (S::Allergies, Language::Ja) => "アレルギー",
        (S::Allergies, Language::En) => "Allergies",
        (S::Contraindications, Language::Ja) => "薬剤禁忌",
        (S::Contraindications, Language::En) => "Contraindications",
        (S::Drugs, Language::Ja) => "薬剤",
        (S::Drugs, Language::En) => "Drugs",
        (S::Problems, Language::Ja) => "傷病名",
        (S::Problems, Language::En) => "Problems",
        (S::Operations, Language::Ja) => "手術",
        (S::Operations, Language::En) => "Operations",
        (S::Dialysis, Language::Ja) => "透析",
        (S::Dialysis, Language::En) => "Dialysis",
        (S::Visits, Language::Ja) => "受診歴",
        (S::Visits, Language::En) => "Visits",
        (S::Procedures, Language::Ja) => "診療行為",
        (S::Procedures, Language::En) => "Procedures",
        (S::Checkups, Language::Ja) => "健診",
        (S::Checkups, Language::En) => "Check-ups",
        (S::Infections, Language::Ja) => "感染症",
        (S::Infections, Language::En) => "Infections",
        (S::Labs, Language::Ja) => "検査",
        (S::Labs, Language::En) => "Labs",
        (S::Documents, Language::Ja) => "文書",
        (S::Documents, Language::En) => "Documents",
    }
}
