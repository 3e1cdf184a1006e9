//! Values, flags and states of results in words: shared by laboratory and infection results.

use crate::domain::{
    code::{Coding, Concept},
    quantity::{Quantity, Range},
    result::{Component, Observation, Value},
    section::Language,
    summary::{Tag, Tone},
    text,
    words::labs::{Labs, absent_reason, labs},
};

use super::{
    lab_flags::of_part,
    lab_ranges::{Person, printed},
    rows::{NO_BREAK, tag, words_of},
    units::unit_of,
};

/// A value in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// Comparator, digits as sent and unit, inseparable; or words.
    pub(super) words: String,
    /// A number was sent without its unit.
    pub(super) lacks_unit: bool,
    /// It was sent and could not be read.
    pub(super) unreadable: bool,
    /// There is a value.
    pub(super) is_there: bool,
}

/// Puts a value into words; never a number without its unit or 「単位なし」.
pub(super) fn reading(value: &Value, language: Language) -> Reading {
    let words = labs(language);
    let there = |text: String| Reading {
        words: text,
        is_there: true,
        ..Reading::default()
    };
    match value {
        Value::None => Reading::default(),
        Value::Quantity(quantity) => of_quantity(quantity, words),
        Value::Concept(concept) => there(of_concept(concept, language)),
        Value::Text(sent) if sent.trim().is_empty() => Reading::default(),
        Value::Text(sent) if is_number(sent) || is_number_in_disguise(sent) => Reading {
            words: format!("{}{NO_BREAK}{}", sent.trim(), words.no_unit),
            lacks_unit: true,
            is_there: true,
            ..Reading::default()
        },
        Value::Text(sent) => there(sent.trim().to_owned()),
        Value::Range(range) => there(of_range(range, words, true)),
        Value::Ratio(numerator, denominator) => {
            there(format!("{}:{}", bare(numerator), bare(denominator)))
        }
        Value::Unreadable => Reading {
            words: words.unreadable.to_owned(),
            unreadable: true,
            is_there: true,
            ..Reading::default()
        },
    }
}

/// Digits alone, a bound (`<0.3`, `0.3未満`) among them: they need a unit.
fn is_number(sent: &str) -> bool {
    const BOUNDS: [&str; 6] = ["以上", "以下", "未満", "超", "より大", "より小"];
    let folded = text::normalised(sent);
    let bare = BOUNDS
        .iter()
        .find_map(|bound| folded.strip_suffix(bound))
        .unwrap_or(&folded)
        .trim_start_matches(['<', '>', '=', '≤', '≥', '≦', '≧', ' '])
        .trim();
    bare.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'))
        && bare.parse::<f64>().is_ok()
}

/// A number as people write it: flagged (`H 250`, `3.9↓`), signed (`+0.5`), with separators
/// (`12,500`, `5,9`), in 万, or from one to another (`1.0 - 1.2`). `1+` and a date are none.
fn is_number_in_disguise(sent: &str) -> bool {
    const MARKS: [char; 6] = ['↑', '↓', '*', '!', '#', ' '];
    let folded = text::normalised(sent).to_lowercase();
    let bare = folded.trim().trim_matches(MARKS);
    let flagged = |flag: &&str| {
        let rest = bare.strip_prefix(*flag)?;
        rest.starts_with(' ').then_some(rest)
    };
    let bare = ["hh", "ll", "h", "l"].iter().find_map(flagged);
    let bare = bare.unwrap_or(bare_of_suffix(folded.trim().trim_matches(MARKS)));
    let bare = bare.trim_start_matches(['<', '>', '=', '≤', '≥', '≦', '≧', ' ']);
    if let Some(number) = written_number(bare) {
        return number.is_finite();
    }
    let span = bare
        .split_once('-')
        .or_else(|| bare.split_once(['~', '〜']));
    let ends = span.and_then(|(low, high)| written_number(low).zip(written_number(high)));
    ends.is_some_and(|(low, high)| low <= high)
}

/// Without a flag behind it; a lone `L` there may be litres.
fn bare_of_suffix(sent: &str) -> &str {
    let flags = [" hh", " ll", " h"];
    flags
        .iter()
        .find_map(|flag| sent.strip_suffix(flag))
        .unwrap_or(sent)
}

/// The number that digits with separators and 万 may stand for; only whether it is one matters.
fn written_number(sent: &str) -> Option<f64> {
    let sent = sent.trim();
    let digits = ["百万", "万", "千", "億"]
        .iter()
        .find_map(|times| sent.strip_suffix(times))
        .unwrap_or(sent)
        .trim();
    let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let parts = digits.split(',').collect::<Vec<_>>();
    let is_grouped = parts.iter().all(|part| !part.is_empty());
    (starts && is_grouped).then(|| parts.concat().parse().ok())?
}

fn of_quantity(quantity: &Quantity, words: &Labs) -> Reading {
    let Some(number) = &quantity.number else {
        return Reading {
            words: [Some(words.no_value), unit_of(quantity)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            is_there: true,
            ..Reading::default()
        };
    };
    let comparator = quantity.comparator.as_deref().unwrap_or_default();
    let unit = unit_of(quantity);
    Reading {
        words: format!(
            "{comparator}{}{NO_BREAK}{}",
            number.written(),
            unit.unwrap_or(words.no_unit)
        ),
        lacks_unit: unit.is_none(),
        unreadable: false,
        is_there: true,
    }
}

/// A part of a ratio: a titre has no unit, and none is missed.
fn bare(quantity: &Quantity) -> String {
    let number = quantity
        .number
        .as_ref()
        .map_or("?", |number| number.written());
    let comparator = quantity.comparator.as_deref().unwrap_or_default();
    unit_of(quantity).map_or_else(
        || format!("{comparator}{number}"),
        |unit| format!("{comparator}{number}{NO_BREAK}{unit}"),
    )
}

/// A range as sent: `0.61–1.04 mg/dL`, `≤0.30 mg/dL`, or its words.
pub(super) fn of_range(range: &Range, words: &Labs, is_value: bool) -> String {
    let digits = |bound: &Option<Quantity>| {
        bound
            .as_ref()
            .and_then(|quantity| quantity.number.as_ref())
            .map(|number| number.written().to_owned())
    };
    let unit_in = |bound: &Option<Quantity>| {
        bound
            .as_ref()
            .and_then(|quantity| unit_of(quantity).map(str::to_owned))
    };
    let (low_unit, high_unit) = (unit_in(&range.low), unit_in(&range.high));
    let span = match (digits(&range.low), digits(&range.high)) {
        (Some(low), Some(high))
            if low_unit.is_some() && low_unit != high_unit && high_unit.is_some() =>
        {
            let between = low_unit.clone().unwrap_or_default();
            Some(format!("{low}{NO_BREAK}{between}–{high}"))
        }
        (Some(low), Some(high)) => Some(format!("{low}–{high}")),
        (Some(low), None) => Some(format!("≥{low}")),
        (None, Some(high)) => Some(format!("≤{high}")),
        (None, None) => None,
    };
    let missing = is_value.then(|| words.no_unit.to_owned());
    let span = span.map(|span| match high_unit.or(low_unit).or(missing) {
        Some(unit) => format!("{span}{NO_BREAK}{unit}"),
        None => span,
    });
    [span, range.text.clone()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// A coded value: the words sent, else those of its code; never a bare digit.
fn of_concept(concept: &Concept, language: Language) -> String {
    let has_words = |text: &str| !text.trim().is_empty() && !is_number(text);
    let known = concept
        .codings
        .iter()
        .find_map(|coding| known_result(coding, language));
    let sent = concept
        .text
        .as_deref()
        .filter(|text| has_words(text))
        .or_else(|| {
            concept
                .codings
                .iter()
                .find_map(|coding| coding.display.as_deref().filter(|text| has_words(text)))
        });
    match (known, sent) {
        // Signs such as ＋ and － are told apart from dashes in the words of the list.
        (Some(known), Some(sent)) if same_sign(sent, &known) => known,
        (Some(known), Some(sent)) if contradicts(sent, concept) => {
            (labs(language).code_says)(sent.trim(), &known)
        }
        // Susceptibility: the reader's word first, the sender's beside it.
        (Some(known), Some(sent)) if sent.is_ascii() && !known.is_ascii() && sent.len() > 3 => {
            format!("{known}（{}）", sent.trim())
        }
        (_, Some(sent)) => sent.trim().to_owned(),
        (Some(known), None) => known,
        (None, None) => {
            let code = words_of(concept).unwrap_or_default();
            match language {
                Language::Ja => format!("コード{code}（意味の記載なし）"),
                Language::En => format!("code {code} (meaning not sent)"),
            }
        }
    }
}

/// Whether the words and the code of a result name opposite polarities.
fn contradicts(sent: &str, concept: &Concept) -> bool {
    polarity_of_words(sent)
        .zip(polarity_of_code(concept))
        .is_some_and(|(words, code)| words != code)
}

fn same_sign(sent: &str, known: &str) -> bool {
    text::normalised(sent) == text::normalised(known)
}

/// Results of the Japanese result lists (JP-CLINS v1.10.0), by list and code.
fn known_result(coding: &Coding, language: Language) -> Option<String> {
    let words = labs(language);
    let (system, code) = (coding.system.as_deref()?, coding.code.as_deref()?.trim());
    let list = system.rsplit(['/', ':']).next().unwrap_or(system);
    let plain = match list {
        "JP_PosNegHold_CS" => match code {
            "1" => words.positive,
            "2" => words.negative,
            "3" => words.held,
            _ => return None,
        },
        // The OID is that of the list before the shared records had their own.
        "JP_Urine_Code_CS" | "1.2.392.200119.6.2102" => match code {
            "1" => "（－）",
            "2" => "（±）",
            "3" => "（1＋）",
            "4" => "（2＋）",
            "5" => "（3＋）",
            "6" => "（4＋）",
            "7" => "（5＋）",
            _ => return None,
        },
        "JP_BldABO_CS" => match (code, language) {
            ("1", Language::Ja) => "A型",
            ("2", Language::Ja) => "B型",
            ("3", Language::Ja) => "AB型",
            ("4", Language::Ja) => "O型",
            ("1", Language::En) => "group A",
            ("2", Language::En) => "group B",
            ("3", Language::En) => "group AB",
            ("4", Language::En) => "group O",
            _ => return None,
        },
        "JP_BldRh_CS" => match code {
            "1" => "Rh（＋）",
            "2" => "Rh（－）",
            _ => return None,
        },
        "v3-ObservationInterpretation" => match code {
            "S" => words.susceptible,
            "R" => words.resistant,
            "I" => words.intermediate,
            _ => return None,
        },
        _ => return None,
    };
    Some(plain.to_owned())
}

/// The polarity of a qualitative result; nothing is derived from numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Polarity {
    Positive,
    Negative,
    Held,
}

/// What a qualitative value says, by its words where they are plain and by its list's code. Where
/// the two disagree, positive counts: the row says both.
pub(super) fn polarity(value: &Value) -> Option<Polarity> {
    match value {
        Value::Concept(concept) => {
            let displays = concept
                .codings
                .iter()
                .map(|coding| coding.display.as_deref());
            let words = std::iter::once(concept.text.as_deref())
                .chain(displays)
                .flatten()
                .find_map(polarity_of_words);
            let code = polarity_of_code(concept);
            if code == Some(Polarity::Positive) {
                code
            } else {
                words.or(code)
            }
        }
        Value::Text(sent) => polarity_of_words(sent),
        Value::None
        | Value::Quantity(_)
        | Value::Range(_)
        | Value::Ratio(..)
        | Value::Unreadable => None,
    }
}

fn polarity_of_words(sent: &str) -> Option<Polarity> {
    let folded = text::normalised(sent).to_lowercase();
    match folded.trim_matches(['(', ')']) {
        "陽性" | "positive" | "pos" | "+" | "reactive" | "detected" | "検出" => {
            Some(Polarity::Positive)
        }
        "陰性" | "negative" | "neg" | "-" | "nonreactive" | "non-reactive" | "not detected"
        | "検出せず" => Some(Polarity::Negative),
        "判定保留" | "保留" | "indeterminate" | "equivocal" => Some(Polarity::Held),
        _ => None,
    }
}

fn polarity_of_code(concept: &Concept) -> Option<Polarity> {
    let code = concept.code_in(|system| system.ends_with("JP_PosNegHold_CS"))?;
    match code.trim() {
        "1" => Some(Polarity::Positive),
        "2" => Some(Polarity::Negative),
        "3" => Some(Polarity::Held),
        _ => None,
    }
}

/// The sender's flags, each with the sender's own code beside its word.
pub(super) fn flags(interpretations: &[Concept], language: Language) -> Vec<Tag> {
    interpretations
        .iter()
        .filter(|concept| !concept.is_empty())
        .map(|concept| {
            let code = concept
                .codings
                .iter()
                .find_map(|coding| coding.code.as_deref())
                .map(str::trim)
                .filter(|code| !code.is_empty());
            flag(code, concept, labs(language))
        })
        .collect()
}

fn flag(code: Option<&str>, concept: &Concept, words: &Labs) -> Tag {
    let sent = || words_of(concept).unwrap_or_default();
    let Some(code) = code else {
        return tag(Tone::Info, format!("{} {}", words.interpretation, sent()));
    };
    let (tone, word) = match code {
        "H" => (Tone::Warning, words.high),
        "HH" | "HU" | "HX" | "H>" => (Tone::Danger, words.very_high),
        ">" => (Tone::Warning, words.off_scale_high),
        "<" => (Tone::Warning, words.off_scale_low),
        "DET" => (Tone::Warning, words.detected),
        "ND" => (Tone::Info, words.not_detected),
        "RR" => (Tone::Warning, words.reactive),
        "WR" => (Tone::Warning, words.weakly_reactive),
        "NR" => (Tone::Info, words.non_reactive),
        "L" => (Tone::Warning, words.low),
        "LL" | "LU" | "LX" | "L<" => (Tone::Danger, words.very_low),
        "N" => (Tone::Info, words.normal),
        "A" => (Tone::Warning, words.abnormal),
        "AA" => (Tone::Danger, words.very_abnormal),
        "POS" => (Tone::Warning, words.positive),
        "NEG" => (Tone::Info, words.negative),
        "IND" => (Tone::Info, words.held),
        "E" => (Tone::Info, words.equivocal),
        "U" => (Tone::Info, words.rising),
        "D" => (Tone::Info, words.falling),
        "B" => (Tone::Info, words.better),
        "W" => (Tone::Warning, words.worse),
        "S" => (Tone::Info, words.susceptible),
        "R" => (Tone::Warning, words.resistant),
        "I" => (Tone::Info, words.intermediate),
        _ => {
            let said = sent();
            // A long number of a terminology beside its words says nothing to a reader.
            let is_number = code.len() > 4 && code.bytes().all(|b| b.is_ascii_digit());
            let said = if said == code || (is_number && !said.is_empty()) {
                said
            } else {
                format!("{said} {code}")
            };
            return tag(Tone::Info, format!("{} {said}", words.interpretation));
        }
    };
    tag(tone, format!("{word} {code}"))
}

/// What the status says beside the value; nothing for a final result.
pub(super) fn status_tag(status: Option<&str>, words: &Labs) -> Option<Tag> {
    match status {
        Some("final") => None,
        Some("preliminary" | "partial") => Some(tag(Tone::Warning, words.interim)),
        Some("registered") => Some(tag(Tone::Info, words.pending)),
        Some("cancelled") => Some(tag(Tone::Warning, words.not_done)),
        Some("amended" | "corrected" | "appended") => Some(tag(Tone::Info, words.corrected)),
        Some("unknown") | None => Some(tag(Tone::Info, words.status_unknown)),
        Some(other) => Some(tag(Tone::Info, format!("{} {other}", words.status_unknown))),
    }
}

/// Why there is no value, in the sender's words or those of the code.
pub(super) fn why_absent(reason: Option<&Concept>, language: Language) -> Option<String> {
    let reason = reason.filter(|reason| !reason.is_empty())?;
    reason
        .text
        .clone()
        .filter(|text| !text.trim().is_empty())
        .or_else(|| {
            reason
                .codings
                .iter()
                .find_map(|coding| absent_reason(language, coding.code.as_deref()?))
                .map(str::to_owned)
                .or_else(|| words_of(reason))
        })
}

/// The parts of an observation in words: 「収縮期血圧 109 mmHg 高値 H」 each. With a person they are
/// flagged as a whole result is; without one nothing is derived.
pub(super) fn parts(
    observation: &Observation,
    person: Option<&Person>,
    language: Language,
) -> Vec<(String, Reading)> {
    observation
        .components
        .iter()
        .map(|component| part(component, person, language))
        .collect()
}

fn part(component: &Component, person: Option<&Person>, language: Language) -> (String, Reading) {
    let words = labs(language);
    let name = words_of(&component.code).unwrap_or_default();
    let read = reading(&component.value, language);
    let value = if read.is_there {
        read.words.clone()
    } else {
        why_absent(component.absent_reason.as_ref(), language)
            .unwrap_or_else(|| words.no_value.to_owned())
    };
    let (sent, ranges) = (&component.interpretations, &component.ranges);
    let (flags, ranges) = person.map_or_else(
        || (flags(sent, language), Vec::new()),
        |person| {
            let flags = of_part(&component.value, sent, ranges, person, language);
            (flags, printed(ranges, person, words))
        },
    );
    let all = std::iter::once(name)
        .chain(std::iter::once(value))
        .chain(flags.into_iter().map(|flag| flag.word))
        .chain(ranges)
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    (all, read)
}
