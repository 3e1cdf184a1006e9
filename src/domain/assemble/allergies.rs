//! Rows of allergies and contraindications, and what the strip takes from them.

use std::collections::BTreeMap;

use crate::domain::{
    allergy::{Allergy, Reaction},
    code::Concept,
    date::Date,
    record::{AuthorKind, Content, Origin},
    section::{Fate, SourceName},
    summary::{Item, StripItem, Tag, Tone},
    text::folded,
    words::{self, allergies::AllergyWords, states::StateWords},
};

use super::{
    agent::{self, Denied},
    cross,
    drug_code::Identity,
    piece::{Built, Context, NoneStatement, Piece},
    row::{complete, tag, words_of},
    state::who,
    tally::ENTERED_IN_ERROR,
};

/// The beginning of the `why` of a resource that is a statement of "none" and no row.
pub(super) const STATEMENT: &str = "says that there is none";

/// Both sections, and the strip's rows, severe ones first.
#[derive(Debug, Default)]
pub(super) struct AllergyLists {
    pub(super) allergies: Built,
    pub(super) contraindications: Built,
    pub(super) strip: Vec<StripItem>,
}

/// Headings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Contraindication,
    Drug,
    Other,
}

/// One row before it is worded.
struct Row<'a> {
    piece: Piece<'a>,
    allergy: &'a Allergy,
    group: Group,
    past: bool,
    severe: bool,
    disagrees: bool,
}

/// Builds both sections. `said` are statements of "none" about the whole section, `drugs` the
/// patient's own drugs.
pub(super) fn build(
    allergies: &[Piece<'_>],
    contraindications: &[Piece<'_>],
    said: &[&NoneStatement],
    drugs: &[Identity],
    context: &Context<'_>,
) -> AllergyLists {
    let text = words::allergies::words(context.language);
    let states = words::states::words(context.language);
    let mut lists = AllergyLists::default();
    let mut denials: Vec<(Denied, NoneStatement)> = said
        .iter()
        .map(|none| (Denied::All, (*none).clone()))
        .collect();
    let mut rows = Vec::new();
    for piece in allergies {
        sort_out(*piece, false, &mut lists.allergies, &mut rows, &mut denials);
    }
    for piece in contraindications {
        sort_out(
            *piece,
            true,
            &mut lists.contraindications,
            &mut rows,
            &mut denials,
        );
    }
    mark_disagreements(&mut rows, &denials);
    rows.sort_by_cached_key(rank);
    order_groups(&mut rows);
    for row in &rows {
        let built = match row.group {
            Group::Contraindication => &mut lists.contraindications,
            Group::Drug | Group::Other => &mut lists.allergies,
        };
        let coded = row
            .allergy
            .agent
            .codings
            .iter()
            .any(agent::names_a_substance);
        built.uncoded += usize::from(!coded);
        built.partly_unreadable += usize::from(!row.piece.record.unreadable.is_empty());
        built.items.push(item(row, drugs, text));
    }
    lists.strip = strip_items(&rows, text);
    let active: Vec<&Concept> = rows
        .iter()
        .filter(|row| !row.past)
        .map(|row| &row.allergy.agent)
        .collect();
    let notes = &mut lists.allergies.notes;
    notes.extend(denial_notes(&denials, !active.is_empty(), text, states));
    notes.extend(cross::note(&active, drugs, text));
    lists
        .contraindications
        .notes
        .push(text.contraindication_note.to_owned());
    lists
}

/// A row, a statement of "none", or nothing valid.
fn sort_out<'a>(
    piece: Piece<'a>,
    contraindication: bool,
    built: &mut Built,
    rows: &mut Vec<Row<'a>>,
    denials: &mut Vec<(Denied, NoneStatement)>,
) {
    let Content::Allergy(allergy) = &piece.record.content else {
        built.fates.push((
            piece.number,
            Fate::NotForThisScreen,
            "not an allergy".to_owned(),
        ));
        return;
    };
    let verification = allergy.verification.as_deref();
    if verification == Some("entered-in-error") {
        built.fates.push((
            piece.number,
            Fate::NotForThisScreen,
            ENTERED_IN_ERROR.to_owned(),
        ));
        return;
    }
    if let Some(denied) = agent::denied(&allergy.agent) {
        let words = words_of(&allergy.agent).unwrap_or_default().to_owned();
        let mut none = none_statement(&piece.record.origin, allergy.recorded, piece.source, words);
        none.by_person &= matches!(denied, Denied::All | Denied::Drugs)
            && !matches!(verification, Some("refuted" | "unconfirmed"));
        built.fates.push((
            piece.number,
            Fate::Shown,
            format!("{STATEMENT}, in the section's words"),
        ));
        built.none_statements.push(none.clone());
        if verification != Some("refuted") {
            denials.push((denied, none));
        }
        return;
    }
    let refuted = verification == Some("refuted");
    let past = refuted
        || matches!(
            allergy.clinical_status.as_deref(),
            Some("inactive" | "resolved")
        );
    let group = match (contraindication, is_drug(allergy)) {
        (true, _) => Group::Contraindication,
        (false, true) => Group::Drug,
        (false, false) => Group::Other,
    };
    let severe = contraindication
        || allergy.criticality.as_deref() == Some("high")
        || allergy
            .reactions
            .iter()
            .any(|reaction| reaction.severity.as_deref() == Some("severe"));
    built.fates.push((piece.number, Fate::Shown, String::new()));
    rows.push(Row {
        piece,
        allergy,
        group,
        past,
        severe,
        disagrees: false,
    });
}

/// The statement that there is nothing, with who and when.
pub(super) fn none_statement(
    origin: &Origin,
    when: Option<Date>,
    source: SourceName,
    text: String,
) -> NoneStatement {
    let by_person = origin
        .author
        .as_ref()
        .is_some_and(|author| author.kind == AuthorKind::Person);
    let name = origin
        .author
        .as_ref()
        .and_then(|author| author.name.clone());
    NoneStatement {
        source,
        by_person,
        who: name.or_else(|| origin.facility.clone()),
        when: when.map(|date| date.to_string()),
        text,
    }
}

/// B9: an active allergy beside a statement of "none", and the same agent both active and refuted.
fn mark_disagreements(rows: &mut [Row<'_>], denials: &[(Denied, NoneStatement)]) {
    let is_refuted = |row: &Row<'_>| row.allergy.verification.as_deref() == Some("refuted");
    // For each agent: whether somebody holds it active, and whether somebody refutes it.
    let mut agents: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    for row in rows.iter() {
        let (active, refuted) = agents.entry(agent_key(row)).or_default();
        *active |= !row.past;
        *refuted |= is_refuted(row);
    }
    for row in rows {
        let is_drug = row.group != Group::Other;
        let denied = denials.iter().any(|(denied, _)| match denied {
            Denied::All => true,
            Denied::Drugs => is_drug,
            Denied::Other | Denied::Nothing => false,
        });
        let (active, refuted) = agents.get(&agent_key(row)).copied().unwrap_or_default();
        let other = (is_refuted(row) && active) || (refuted && !row.past);
        row.disagrees = (denied && !row.past) || other;
    }
}

fn agent_key(row: &Row<'_>) -> String {
    folded(words_of(&row.allergy.agent).unwrap_or_default())
}

fn is_drug(allergy: &Allergy) -> bool {
    allergy
        .categories
        .iter()
        .any(|category| category == "medication")
}

/// Active severe, active, past; within that by name, date and number, so that the order never
/// depends on the order of arrival alone.
fn rank(row: &Row<'_>) -> (bool, bool, u8, [String; 3], usize) {
    let date = row
        .allergy
        .recorded
        .map(|date| date.to_string())
        .unwrap_or_default();
    let (title, _) = agent::names(&row.allergy.agent);
    let names = [
        title.unwrap_or_default(),
        date,
        row.piece.record.resource.clone(),
    ];
    (
        row.past,
        !row.severe,
        group_rank(row),
        names,
        row.piece.number,
    )
}

fn group_rank(row: &Row<'_>) -> u8 {
    u8::from(row.group == Group::Other)
}

/// Rows of one group stand together; the group of the worst row comes first.
fn order_groups(rows: &mut Vec<Row<'_>>) {
    let first = rows.first().map_or(0, group_rank);
    rows.sort_by_key(|row| group_rank(row) != first);
}

fn item(row: &Row<'_>, drugs: &[Identity], text: &AllergyWords) -> Item {
    let (record, allergy) = (row.piece.record, row.allergy);
    let (title, coded) = agent::names(&allergy.agent);
    let matched = if row.past {
        Vec::new()
    } else {
        cross::matches(&allergy.agent, drugs)
    };
    let mut details: Vec<String> = coded.iter().map(|coded| (text.coded_as)(coded)).collect();
    details.extend(
        allergy
            .reactions
            .iter()
            .filter_map(reaction_words)
            .map(|words| (text.reaction)(&words)),
    );
    details.extend(allergy.onset.map(|date| (text.onset)(&date.to_string())));
    details.extend(
        allergy
            .last_occurrence
            .map(|date| (text.last_occurrence)(&date.to_string())),
    );
    details.extend(allergy.notes.iter().map(|note| (text.note)(note)));
    details.extend(
        matched
            .iter()
            .map(|(drug, how)| (text.matches)(drug, how.words(text))),
    );
    let group = match row.group {
        Group::Contraindication => text.contraindication_group,
        Group::Drug => text.drug_group,
        Group::Other => text.other_group,
    };
    complete(Item {
        date: allergy
            .recorded
            .or(record.last_updated)
            .map(|date| date.to_string()),
        facility: record.origin.facility.clone(),
        department: record.origin.department.clone(),
        telephone: record.origin.telephone.clone(),
        source: Some(row.piece.source),
        resource: record.resource.clone(),
        group: Some(group.to_owned()),
        title: title.unwrap_or_else(|| text.unnamed_agent.to_owned()),
        details,
        tags: tags(row, text),
        past: row.past,
        ..Item::default()
    })
}

fn tags(row: &Row<'_>, text: &AllergyWords) -> Vec<Tag> {
    let allergy = row.allergy;
    let alarm = |tone: Tone| if row.past { Tone::Past } else { tone };
    let mut tags = Vec::new();
    if let Some(level) = allergy.criticality.as_deref() {
        let (tone, word) = match level {
            "high" => (Tone::Danger, text.high),
            "low" => (Tone::Info, text.low),
            "unable-to-assess" => (Tone::Warning, text.unable),
            other => (Tone::Warning, other),
        };
        tags.push(tag(alarm(tone), (text.criticality)(word)));
    }
    if let Some((tone, word)) = worst_severity(&allergy.reactions, text) {
        tags.push(tag(alarm(tone), (text.reaction_severity)(word)));
    }
    match allergy.verification.as_deref() {
        None => {}
        Some("confirmed") => tags.push(tag(alarm(Tone::Info), text.confirmed)),
        Some("unconfirmed" | "presumed") => tags.push(tag(alarm(Tone::Warning), text.unconfirmed)),
        Some("refuted") => tags.push(tag(Tone::Past, text.refuted)),
        Some(other) => tags.push(tag(alarm(Tone::Warning), (text.status_as_sent)(other))),
    }
    match allergy.clinical_status.as_deref() {
        None | Some("active") => {}
        Some("inactive") => tags.push(tag(Tone::Past, text.inactive)),
        Some("resolved") => tags.push(tag(Tone::Past, text.resolved)),
        Some(other) => tags.push(tag(Tone::Warning, (text.status_as_sent)(other))),
    }
    if allergy.kind.as_deref() == Some("intolerance") {
        tags.push(tag(alarm(Tone::Info), text.intolerance));
    }
    if row.disagrees {
        tags.push(tag(alarm(Tone::Warning), text.disagreement));
    }
    if !row.piece.record.unreadable.is_empty() {
        tags.push(tag(Tone::Warning, text.field_unreadable));
    }
    tags
}

fn worst_severity<'a>(
    reactions: &'a [Reaction],
    text: &'a AllergyWords,
) -> Option<(Tone, &'a str)> {
    let severities: Vec<&str> = reactions
        .iter()
        .filter_map(|reaction| reaction.severity.as_deref())
        .collect();
    [
        ("severe", Tone::Danger, text.severe),
        ("moderate", Tone::Warning, text.moderate),
        ("mild", Tone::Info, text.mild),
    ]
    .into_iter()
    .find(|(code, _, _)| severities.contains(code))
    .map(|(_, tone, word)| (tone, word))
    .or_else(|| severities.first().map(|word| (Tone::Warning, *word)))
}

/// What was seen. HL7 null flavors are no words: then the sender's description and notes speak.
fn reaction_words(reaction: &Reaction) -> Option<String> {
    let seen = reaction
        .manifestations
        .iter()
        .filter(|concept| {
            let null = |system: &str| system.contains("NullFlavor") || system.ends_with("5.1008");
            concept.text.is_some()
                || !concept
                    .codings
                    .iter()
                    .any(|coding| coding.system.as_deref().is_some_and(null))
        })
        .filter_map(words_of);
    let substance = reaction.substance.as_ref().and_then(words_of);
    let more = reaction
        .description
        .as_deref()
        .into_iter()
        .chain(reaction.notes.iter().map(String::as_str));
    let mut words: Vec<&str> = substance.into_iter().chain(seen).chain(more).collect();
    words.dedup();
    (!words.is_empty()).then(|| words.join(" "))
}

/// B4: every active row, severe ones first; the same agent once, in its worst form.
fn strip_items(rows: &[Row<'_>], text: &AllergyWords) -> Vec<StripItem> {
    let mut items: Vec<StripItem> = Vec::new();
    for row in rows.iter().filter(|row| !row.past) {
        let (title, _) = agent::names(&row.allergy.agent);
        let agent = title.unwrap_or_else(|| text.unnamed_agent.to_owned());
        let suspected = matches!(
            row.allergy.verification.as_deref(),
            Some("unconfirmed" | "presumed")
        );
        let marks = [
            (row.group == Group::Contraindication, text.contraindicated),
            (suspected, text.suspected),
            (row.disagrees, text.disagreement),
        ];
        let marks = marks
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, mark)| mark.to_owned())
            .collect();
        let severity =
            worst_severity(&row.allergy.reactions, text).map(|(_, word)| word.to_owned());
        let item = StripItem {
            agent,
            reaction: row
                .allergy
                .reactions
                .iter()
                .find_map(reaction_words)
                .or(severity),
            severe: row.severe,
            marks,
        };
        let known = items
            .iter_mut()
            .find(|known| folded(&known.agent) == folded(&item.agent) && known.marks == item.marks);
        match known {
            Some(known) => {
                known.severe |= item.severe;
                known.reaction = known.reaction.take().or(item.reaction);
            }
            None => items.push(item),
        }
    }
    items.sort_by_key(|item| !item.severe);
    items
}

/// Statements of "none" that a row contradicts, or that deny only one kind.
fn denial_notes(
    denials: &[(Denied, NoneStatement)],
    active: bool,
    text: &AllergyWords,
    states: &StateWords,
) -> Vec<String> {
    denials
        .iter()
        .filter_map(|(denied, none)| match denied {
            Denied::All | Denied::Drugs if active => {
                Some((text.contradicting_none)(&none.text, &who(none, states)))
            }
            Denied::Drugs | Denied::Other => {
                Some((text.scoped_none)(&none.text, &who(none, states)))
            }
            Denied::All | Denied::Nothing => None,
        })
        .collect()
}
