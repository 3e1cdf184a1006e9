//! The sections of the document, in the order in which crews speak: everything as text, nothing
//! left out without saying so.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{LOINC, Papers, late, patient, vital};
use crate::domain::{
    clock::japanese_time,
    handoff::{Done, Part, RecordLine, Standing, TimePoint},
    section::Language,
    words::states,
};

/// Title in both languages, the LOINC code where there is one, and the lines.
struct Said {
    ja: &'static str,
    en: &'static str,
    code: Option<&'static str>,
    lines: Vec<String>,
}

const fn said(
    ja: &'static str,
    en: &'static str,
    code: Option<&'static str>,
    lines: Vec<String>,
) -> Said {
    Said {
        ja,
        en,
        code,
        lines,
    }
}

/// Every section, empty ones too: that nothing was said is said.
pub(super) fn sections(papers: &Papers<'_>) -> Vec<Value> {
    let mut all = vec![
        said("傷病者", "Patient", None, patient::lines(papers)),
        said(
            "重症度・準備",
            "Acuity and what to get ready",
            None,
            readiness(papers),
        ),
    ];
    all.extend(reported(papers));
    for (part, code) in [
        (Part::Allergies, Some("48765-2")),
        (Part::Medications, Some("10160-0")),
        (Part::Background, Some("11348-0")),
        (Part::Other, None),
    ] {
        let (ja, en) = (part.name(Language::Ja), part.name(Language::En));
        all.push(said(ja, en, code, of_part(papers, part)));
    }
    all.push(said("時刻", "Times", None, times(papers)));
    let late = late::lines(papers);
    if !late.is_empty() {
        all.push(said(
            "引継ぎ後に届いた入力",
            "Came after the handover",
            None,
            late,
        ));
    }
    all.iter().map(|one| section(papers, one)).collect()
}

/// Acuity, alerts that were not put away, labels, and when the crew expects to arrive.
fn readiness(papers: &Papers<'_>) -> Vec<String> {
    let (handoff, language) = (papers.handoff, papers.language);
    let form = &handoff.form;
    let (acuity, alert, label, expected) = match language {
        Language::Ja => ("重症度・緊急度", "注意", "準備", "到着予定"),
        Language::En => ("Acuity", "Alert", "Get ready", "Expected"),
    };
    let alerts = handoff.alerts();
    let mut lines: Vec<String> = Vec::new();
    lines.extend(
        form.acuity
            .map(|one| format!("{acuity}：{}", one.name(language))),
    );
    lines.extend(alerts.iter().map(|one| {
        let (kind, rule) = (one.kind.name(language), one.rule.name(language));
        format!("{alert}：{kind}（{rule}）")
    }));
    let labels = form.labels.iter();
    lines.extend(labels.map(|one| format!("{label}：{}", one.name(language))));
    lines.extend(form.eta.map(|at| format!("{expected}：{}", clock(at))));
    lines
}

/// What the crew found and did.
fn reported(papers: &Papers<'_>) -> Vec<Said> {
    let (form, language) = (&papers.handoff.form, papers.language);
    let with_note = |names: Vec<&'static str>, note: &str| {
        let mut lines: Vec<String> = names.into_iter().map(str::to_owned).collect();
        lines.extend((!note.is_empty()).then(|| note.to_owned()));
        lines
    };
    let complaint = form.complaint.choices.iter().map(|one| one.name(language));
    let mechanism = form.mechanism.choices.iter().map(|one| one.name(language));
    let findings = form.findings.choices.iter().map(|one| one.name(language));
    vec![
        said(
            "主訴",
            "Complaint",
            Some("10154-3"),
            with_note(complaint.collect(), &form.complaint.note),
        ),
        said(
            "受傷機転",
            "Mechanism",
            Some("11374-6"),
            with_note(mechanism.collect(), &form.mechanism.note),
        ),
        said(
            "損傷・所見",
            "Findings",
            Some("29545-1"),
            with_note(findings.collect(), &form.findings.note),
        ),
        said(
            "バイタル",
            "Vital signs",
            Some("8716-3"),
            vital::lines(papers),
        ),
        said(
            "処置と経過",
            "Treatment and course",
            Some("29554-3"),
            treatments(papers),
        ),
    ]
}

fn treatments(papers: &Papers<'_>) -> Vec<String> {
    let (form, language) = (&papers.handoff.form, papers.language);
    let mut lines: Vec<String> = form
        .treatments
        .iter()
        .map(|done| treatment(done, language))
        .collect();
    lines.extend((!form.course.is_empty()).then(|| form.course.clone()));
    lines
}

/// One thing that was done.
pub(super) fn treatment(done: &Done, language: Language) -> String {
    let at = done.at.map_or_else(String::new, clock);
    let text = [&*at, done.what.name(language), &*done.note].join(" ");
    marked(text.trim(), done.struck, language)
}

fn of_part(papers: &Papers<'_>, part: Part) -> Vec<String> {
    let lines = papers.handoff.form.part(part);
    lines.map(|line| record(line, papers.language)).collect()
}

fn record(line: &RecordLine, language: Language) -> String {
    let source = line.source.map(states::words(language).source);
    let date = line.date.map(|date| date.to_string());
    let from: Vec<String> = source
        .map(str::to_owned)
        .into_iter()
        .chain(date)
        .chain((!line.by_crew).then(|| line.standing.name(language).to_owned()))
        .collect();
    let is_struck = line.by_crew && line.standing == Standing::Struck;
    let text = if from.is_empty() {
        line.text.clone()
    } else {
        format!("{} [{}]", line.text, from.join(", "))
    };
    marked(&text, is_struck, language)
}

fn times(papers: &Papers<'_>) -> Vec<String> {
    let (times, language) = (&papers.handoff.form.times, papers.language);
    let unset = match language {
        Language::Ja => "未入力",
        Language::En => "not set",
    };
    let points = TimePoint::ALL.iter().map(|point| {
        let at = times.get(*point).map_or_else(|| unset.to_owned(), clock);
        format!("{} {at}", point.name(language))
    });
    points.collect()
}

/// Japanese wall time.
pub(super) fn clock(at: DateTime<Utc>) -> String {
    japanese_time(at).format("%Y-%m-%d %H:%M").to_string()
}

/// What was struck stays, and says so.
pub(super) fn marked(text: &str, is_struck: bool, language: Language) -> String {
    if is_struck {
        format!("{}: {text}", Standing::Struck.name(language))
    } else {
        text.to_owned()
    }
}

fn section(papers: &Papers<'_>, one: &Said) -> Value {
    let (title, nothing) = match papers.language {
        Language::Ja => (one.ja, "記載なし ―「なし」の確認ではない"),
        Language::En => (one.en, "Nothing said: this does not mean none"),
    };
    let rows: String = if one.lines.is_empty() {
        format!("<p>{nothing}</p>")
    } else {
        let rows: String = one.lines.iter().map(|line| item(line)).collect();
        format!("<ul>{rows}</ul>")
    };
    let mut code = json!({"text": title});
    if let (Value::Object(code), Some(known)) = (&mut code, one.code) {
        code.insert(
            "coding".to_owned(),
            json!([{"system": LOINC, "code": known}]),
        );
    }
    let mut section = json!({
        "title": title,
        "code": code,
        "text": {
            "status": "generated",
            "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{rows}</div>"),
        },
    });
    if let Value::Object(section) = &mut section
        && one.code == Some("8716-3")
    {
        let parts = vital::observations(papers);
        let refers = parts.iter().map(|(part, _)| papers.refers(part));
        let entries: Vec<Value> = refers.collect();
        if !entries.is_empty() {
            section.insert("entry".to_owned(), Value::Array(entries));
        }
    }
    section
}

/// Text as a row: what a crew typed is text and never markup.
fn item(text: &str) -> String {
    let mut row = String::from("<li>");
    for c in text.chars() {
        match c {
            '&' => row.push_str("&amp;"),
            '<' => row.push_str("&lt;"),
            '>' => row.push_str("&gt;"),
            '"' => row.push_str("&quot;"),
            // XML 1.0 has no place for other control characters.
            c if c.is_control() && c != '\n' && c != '\t' => row.push(' '),
            c => row.push(c),
        }
    }
    row.push_str("</li>");
    row
}
