//! The hand-written patients as the page for readers, `docs/demo-patients.md`.

use std::fmt::Write;

use chrono::NaiveDate;

use crate::domain::{
    patient::Sex,
    section::{SectionName, State},
};

use super::{DemoPatient, GENERATED_INSURER, GENERATED_SYMBOL, ScreenLine, demo_patients};

const HEAD: &str = "\
# Synthetic patients of the demonstration

Nobody here exists. Names, numbers, institutions and telephone numbers are invented; every date
counts from the day of the run, so that each window always has something inside and outside.

- **Number**: insurer (保険者番号), symbol (記号), number (番号), branch (枝番), exactly as the sources
  send it; full width, hyphens and kana case do not matter when searching. For 生活保護 the insurer is
  the 公費負担者番号 and the number the 受給者番号.
- **Must show**: what the summary must show when all sources have answered, in the senders' own
  words, or for results the item's fixed name. `section: words` is one row that holds all the words;
  `section = state` is the section's state; `never` is something a source sent that no row of the
  emergency view holds.
- The hospital of the demonstration is みらい湾岸救急病院 (1318800999).
";

/// The page, as it must be on disk. It does not depend on the day of the run.
pub(super) fn listing(today: NaiveDate) -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n| No. | Name | Kana | Born | Sex | Insurer | Symbol | Number | Branch | Address | Story | Must show |\n");
    page.push_str("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (patient, number) in demo_patients(today).iter().zip(1_u32..) {
        page.push_str(&row(number, patient));
    }
    let rule = generated_rule();
    page.push_str(&rule);
    page
}

fn row(number: u32, patient: &DemoPatient) -> String {
    let lines: Vec<String> = patient.lines.iter().map(line).collect();
    let name = match &patient.usual_name {
        Some(usual) => format!("{}（通称名 {usual}）", patient.name),
        None => patient.name.clone(),
    };
    let cells = [
        number.to_string(),
        name,
        or_dash(&patient.kana),
        patient.birth_rule.clone(),
        sex(patient.sex).to_owned(),
        patient.insurer.clone(),
        or_dash(&patient.symbol),
        patient.number.clone(),
        or_dash(&patient.branch),
        patient.address.clone(),
        patient.story.clone(),
        lines.join("<br>"),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn or_dash(text: &str) -> String {
    if text.is_empty() {
        "（なし）".to_owned()
    } else {
        text.to_owned()
    }
}

const fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "男",
        Sex::Female => "女",
        Sex::Other => "その他",
        Sex::Unknown => "不明",
    }
}

fn line(line: &ScreenLine) -> String {
    match line {
        ScreenLine::Row(section, words) => format!("{}: {}", word(*section), words.join("、")),
        ScreenLine::Is(section, state) => format!("{} = {}", word(*section), state_word(*state)),
        ScreenLine::Never(section, words) => format!("{} never: {words}", word(*section)),
        ScreenLine::Banner(words) => format!("banner: {words}"),
    }
}

const fn word(section: SectionName) -> &'static str {
    section.word()
}

const fn state_word(state: State) -> &'static str {
    state.word()
}

fn generated_rule() -> String {
    let mut text = String::from("\n## Patient number N\n\n");
    // Writing to a String cannot fail.
    if write!(
        text,
        "For load, the simulated sources also know patient number N for any N from 0: insurer \
`{GENERATED_INSURER}`, symbol `{GENERATED_SYMBOL}`, number N in at least seven digits \
(`{:07}` for N = 42), branch `00`.\nThe same N on the same day is the same patient with the same \
0 to 400 resources. They are found by insurance number only.\n\n\
## Faults\n\n\
Each simulated source takes `POST /control` with `mode=` (beside its `/fhir`), and `GET /control` \
tells the mode and the number of requests.\n\
Modes: `none`, `delay:MILLISECONDS`, `hang`, `drip`, `status:CODE`, `html`, `half_body`, \
`other_patient`, `other_person`, `empty_without_self`, `reset`, `big_body`, `endless_next`.\n",
        42
    )
    .is_err()
    {
        text.clear();
    }
    text
}
