//! The explanation as text for a terminal.

use std::io::{self, Write};

use crate::domain::{
    section::{Fate, Language, SectionName, SourceName},
    summary::{Accounting, Header, Item, Notice, Partial, Section, Strip, Summary, Tone},
    words::{fates, states},
};

use super::labels::{Labels, labels};

/// Prints the whole summary and every fate that is not simply "shown".
pub(super) fn text(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    let labels = labels(summary.language);
    header(&summary.patient, labels, out)?;
    line(
        out,
        0,
        &format!(
            "{} {} ・ {}",
            labels.as_of,
            summary.as_of,
            (labels.look)(summary.look)
        ),
    )?;
    for each in &summary.notices {
        notice(each, out)?;
    }
    strip(&summary.strip, labels, out)?;
    for (name, each) in &summary.sections {
        section(*name, each, summary, labels, out)?;
    }
    accounting(&summary.accounting, labels, summary.language, out)
}

/// One line; control characters, which could drive the terminal, become spaces.
fn line(out: &mut dyn Write, depth: usize, text: &str) -> io::Result<()> {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    writeln!(out, "{:indent$}{plain}", "", indent = depth * 2)
}

fn header(header: &Header, labels: &Labels, out: &mut dyn Write) -> io::Result<()> {
    let name = header
        .name
        .clone()
        .unwrap_or_else(|| labels.unknown_patient.to_owned());
    let sex = header.sex.map(|sex| format!("{sex:?}").to_lowercase());
    let birth = header
        .birth_date
        .clone()
        .map(|day| match &header.birth_date_japanese {
            Some(japanese) => format!("{day}（{japanese}）"),
            None => day,
        });
    let parts = [
        Some(name),
        header.kana.clone(),
        header.usual_name.clone(),
        sex,
        birth,
        header.age.clone(),
    ];
    line(
        out,
        0,
        &parts.into_iter().flatten().collect::<Vec<_>>().join("  "),
    )?;
    let more = [header.reference.clone(), header.member_number_tail.clone()];
    let more: Vec<String> = more
        .into_iter()
        .flatten()
        .chain(header.contacts.iter().cloned())
        .collect();
    if !more.is_empty() {
        line(out, 0, &more.join("  "))?;
    }
    Ok(())
}

fn notice(notice: &Notice, out: &mut dyn Write) -> io::Result<()> {
    let mark = match notice.tone {
        Tone::Danger => "!!",
        Tone::Warning => "! ",
        Tone::Info | Tone::Past => "- ",
    };
    line(out, 0, &format!("{mark} {}", notice.text))
}

fn strip(strip: &Strip, labels: &Labels, out: &mut dyn Write) -> io::Result<()> {
    line(
        out,
        0,
        &format!("[{}] {}", labels.strip, (labels.state)(strip.state)),
    )?;
    for item in &strip.items {
        let severe = item.severe.then(|| labels.severe.to_owned());
        let parts: Vec<String> = std::iter::once(item.agent.clone())
            .chain(item.reaction.clone())
            .chain(severe)
            .chain(item.marks.iter().cloned())
            .collect();
        line(out, 1, &format!("!! {}", parts.join(" ")))?;
    }
    match &strip.text {
        Some(text) => line(out, 1, text),
        None => Ok(()),
    }
}

fn section(
    name: SectionName,
    section: &Section,
    summary: &Summary,
    labels: &Labels,
    out: &mut dyn Write,
) -> io::Result<()> {
    let partial = section
        .partial
        .as_ref()
        .filter(|partial| partial.is_partial())
        .map(|_| labels.partial);
    let heading = [
        Some((labels.section)(name)),
        Some((labels.state)(section.state)),
        partial,
    ];
    writeln!(out)?;
    line(
        out,
        0,
        &format!(
            "■ {}",
            heading
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" ― ")
        ),
    )?;
    let words = states::words(summary.language);
    for source in &section.sources {
        let why = source
            .why
            .as_deref()
            .map(|why| format!(" ― {why}"))
            .unwrap_or_default();
        let state = (labels.state)(source.state);
        line(
            out,
            1,
            &format!("[{}] {state}{why}", (words.source)(source.source)),
        )?;
    }
    let mut group = None;
    for item in &section.items {
        if item.group != group {
            group.clone_from(&item.group);
            line(out, 1, &format!("〈{}〉", group.as_deref().unwrap_or("―")))?;
        }
        row(item, labels, words.source, out)?;
    }
    if let Some(partial) = &section.partial {
        counts(partial, labels, words.source, out)?;
    }
    for note in &section.notes {
        line(out, 1, &format!("※ {note}"))?;
    }
    Ok(())
}

fn row(
    item: &Item,
    labels: &Labels,
    name: fn(SourceName) -> &'static str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let date = item
        .date
        .as_deref()
        .filter(|date| !item.text.contains(date));
    let facility = item
        .facility
        .as_deref()
        .filter(|facility| !item.text.contains(facility));
    let sources = if item.also_from.is_empty() {
        item.source.map(name).unwrap_or_default().to_owned()
    } else {
        item.also_from
            .iter()
            .map(|source| name(*source))
            .collect::<Vec<_>>()
            .join("・")
    };
    let merged = match item.merged.len() {
        0 => String::new(),
        count => format!(" +{count} {}", labels.merged),
    };
    let parts: Vec<&str> = [Some(item.text.as_str()), date, facility]
        .into_iter()
        .flatten()
        .collect();
    line(
        out,
        2,
        &format!(
            "- {} 〔{sources} {}{merged}〕",
            parts.join(" / "),
            item.resource
        ),
    )
}

fn counts(
    partial: &Partial,
    labels: &Labels,
    name: fn(SourceName) -> &'static str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut said: Vec<String> = [
        (labels.unreadable, partial.unreadable),
        (labels.uncoded, partial.uncoded),
        (labels.outside, partial.outside_window),
        (labels.withheld, partial.withheld),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(word, count)| format!("{word} {count}"))
    .collect();
    if partial.more_at_source {
        said.push(labels.more.to_owned());
    }
    if !partial.sources_missing.is_empty() {
        let names: Vec<&str> = partial
            .sources_missing
            .iter()
            .map(|source| name(*source))
            .collect();
        said.push(format!("{}: {}", labels.missing, names.join("・")));
    }
    if said.is_empty() {
        Ok(())
    } else {
        line(out, 1, &format!("({})", said.join("、")))
    }
}

fn accounting(
    accounting: &Accounting,
    labels: &Labels,
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    let counts = [
        (Fate::Shown, accounting.shown),
        (Fate::Merged, accounting.merged),
        (Fate::Superseded, accounting.superseded),
        (Fate::OutsideWindow, accounting.outside_window),
        (Fate::Withheld, accounting.withheld),
        (Fate::NotForThisScreen, accounting.not_for_this_screen),
        (Fate::Unreadable, accounting.unreadable),
    ];
    let counts: Vec<String> = counts
        .iter()
        .map(|(fate, count)| format!("{} {count}", (labels.fate)(*fate)))
        .collect();
    writeln!(out)?;
    line(
        out,
        0,
        &format!(
            "■ {} {} = {}",
            labels.fates,
            accounting.resources,
            counts.join(" + ")
        ),
    )?;
    let rest: Vec<_> = accounting
        .entries
        .iter()
        .filter(|entry| entry.fate != Fate::Shown)
        .collect();
    if !rest.is_empty() {
        line(out, 0, &format!("■ {}", labels.not_simply_shown))?;
    }
    for entry in rest {
        let fate = (labels.fate)(entry.fate);
        let explained = fates::explained(&entry.why, language)
            .map(|words| format!(" {words}"))
            .unwrap_or_default();
        let said = format!("{fate}  {}  {}{explained}", entry.resource, entry.why);
        line(out, 1, &said)?;
    }
    Ok(())
}
