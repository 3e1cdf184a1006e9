//! What came when the form was no longer open: it stands beside the report, each touch as a line.

use super::{
    Papers,
    patient::sex_name,
    section::{clock, treatment},
    vital,
};
use crate::domain::{
    handoff::{Change, Late, Standing},
    section::Language,
};

/// Every touch that came late, with the time at which it came.
pub(super) fn lines(papers: &Papers<'_>) -> Vec<String> {
    let each = papers.handoff.late.iter().flat_map(|late: &Late| {
        let at = clock(late.at);
        let touches = late.changes.iter();
        touches.map(move |change| format!("[{at}] {}", touch(papers, change)))
    });
    each.collect()
}

#[expect(clippy::too_many_lines, reason = "a line for each touch there is")]
fn touch(papers: &Papers<'_>, change: &Change) -> String {
    let language = papers.language;
    let named = |ja: &str, en: &str, text: &str| {
        let name = match language {
            Language::Ja => ja,
            Language::En => en,
        };
        let text = if text.is_empty() { "―" } else { text };
        format!("{name}：{text}")
    };
    let chosen = |ja: &str, en: &str, name: &str, is_so: bool| {
        let text = if is_so {
            name.to_owned()
        } else {
            format!("{}: {name}", Standing::Struck.name(language))
        };
        named(ja, en, &text)
    };
    match change {
        Change::Name(text) => named("氏名", "Name", text),
        Change::Kana(text) => named("カナ", "Kana", text),
        Change::PatientLabel(text) => named("仮の呼び名", "Goes by", text),
        Change::BirthDate(day) => {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            named("生年月日", "Born", &day)
        }
        Change::AgeBand(band) => {
            let name = band.map_or("", |band| band.name(language));
            named("年齢層", "About how old", name)
        }
        Change::Sex(sex) => {
            let name = sex.map_or("", |sex| sex_name(sex, language));
            named("性別", "Sex", name)
        }
        Change::Complaint(what, is_so) => chosen("主訴", "Complaint", what.name(language), *is_so),
        Change::ComplaintNote(text) => named("主訴", "Complaint", text),
        Change::Mechanism(what, is_so) => {
            chosen("受傷機転", "Mechanism", what.name(language), *is_so)
        }
        Change::MechanismNote(text) => named("受傷機転", "Mechanism", text),
        Change::Finding(what, is_so) => {
            chosen("損傷・所見", "Finding", what.name(language), *is_so)
        }
        Change::FindingNote(text) => named("損傷・所見", "Findings", text),
        Change::Vital(set) => named("バイタル", "Vital signs", &vital::line(papers, set)),
        Change::Treatment(done) => named("処置", "Treatment", &treatment(done, language)),
        Change::Course(text) => named("経過", "Course", text),
        Change::Line { part, text, .. } => {
            named(part.name(Language::Ja), part.name(Language::En), text)
        }
        Change::Standing(row, standing) => {
            let lines = &papers.handoff.form.lines;
            let line = lines.iter().find(|line| line.id == *row);
            let text = line.map_or("―", |line| &*line.text);
            format!("{}: {text}", standing.name(language))
        }
        Change::Label(label, is_so) => chosen("準備", "Get ready", label.name(language), *is_so),
        Change::Time(point, at) => {
            let at = at.map(clock).unwrap_or_default();
            named(point.name(Language::Ja), point.name(Language::En), &at)
        }
        Change::Eta(at) => {
            let at = at.map(clock).unwrap_or_default();
            named("到着予定", "Expected", &at)
        }
        Change::Acuity(acuity) => {
            let name = acuity.map_or("", |acuity| acuity.name(language));
            named("重症度・緊急度", "Acuity", name)
        }
        Change::Ago(seconds) => {
            let (minutes, part) = (seconds / 60, seconds % 60);
            let ago = format!("{minutes}:{part:02}");
            named(
                "端末で入力してから送信まで（分:秒）",
                "Kept by the tablet (min:s)",
                &ago,
            )
        }
        Change::Dismissed(rule, is_so) => {
            let name = rule.name(language);
            chosen("警告を外す", "Alert put away", name, *is_so)
        }
    }
}
