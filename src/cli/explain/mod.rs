//! `explain`: what the summary would show of FHIR files, and what became of every resource.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    domain::{
        assemble::{Answer, Outcome, Request, Windows, assemble, choose_patient},
        clock::JAPAN_OFFSET_SECONDS,
        patient::Patient,
        record::{Content, Records},
        section::{Freshness, Language, Look, SectionName, SourceName},
        summary::{Notice, Summary, Tone},
        words::states,
    },
    fhir,
};

mod labels;
mod print;
mod read;

/// Exit code for input that cannot be used.
const UNUSABLE: u8 = 2;

/// Arguments of `explain`.
#[derive(Clone, Debug, clap::Args)]
pub struct ExplainArgs {
    /// FHIR files (JSON Bundle, single resource, .ndjson) or folders of them, for one patient.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The day to count from, YYYY-MM-DD; today where it is not given.
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// The windows of the normal view in place of the emergency summary's.
    #[arg(long)]
    pub normal: bool,
    /// Language of what a reader sees: ja or en.
    #[arg(long, value_name = "LANG", default_value = "ja", value_parser = language)]
    pub lang: Language,
    /// Whose windows apply: emr, eprescription or claims.
    #[arg(long, value_name = "NAME", value_parser = source)]
    pub source: Option<SourceName>,
    /// The patient: `Patient/id` or its id; the first Patient where it is not given.
    #[arg(long, value_name = "REF")]
    pub patient: Option<String>,
}

/// Why there is nothing to explain.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The input cannot be used.
    #[error(transparent)]
    Unusable(#[from] read::Error),
    /// The output could not be written.
    #[error("output: {0}")]
    Output(io::Error),
    /// The reader of the output went away, which is its right.
    #[error("output closed")]
    Closed,
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::Output(error)
        }
    }
}

fn language(word: &str) -> Result<Language, String> {
    match word {
        "ja" => Ok(Language::Ja),
        "en" => Ok(Language::En),
        _ => Err("ja or en".to_owned()),
    }
}

fn source(word: &str) -> Result<SourceName, String> {
    SourceName::parse(word)
        .filter(|source| SourceName::CLINICAL.contains(source))
        .ok_or_else(|| "emr, eprescription or claims".to_owned())
}

/// Runs the command and gives its exit code: 0, or 2 with one line on `err` that says why.
pub fn run(args: &ExplainArgs, today: NaiveDate, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    match explain(args, today, out, err) {
        Ok(()) | Err(Error::Closed) => 0,
        Err(error) => {
            // Nothing is left to say it to where this line cannot be written either.
            writeln!(err, "{error}").ok();
            UNUSABLE
        }
    }
}

fn explain(
    args: &ExplainArgs,
    today: NaiveDate,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Error> {
    let read = read::all(&args.paths, err)?;
    let more = read.more();
    let summary = summarise(read.records, more, args, today);
    let mut out = BufWriter::new(out);
    if args.json {
        serde_json::to_writer_pretty(&mut out, &summary).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        print::text(&summary, &mut out)?;
    }
    out.flush()?;
    Ok(())
}

/// `more` are the sections of which the files themselves say that there is more.
fn summarise(
    records: Records,
    more: Vec<SectionName>,
    args: &ExplainArgs,
    today: NaiveDate,
) -> Summary {
    let chosen = choose_patient(&records, args.patient.as_deref());
    let is_unnamed = chosen.is_none();
    let (subject, patient) = chosen.map_or((None, None), |(reference, patient)| {
        (Some(reference), patient)
    });
    let patient = patient.or_else(|| is_unnamed.then(|| known_by_number(&records)).flatten());
    let is_single = matches!(records.records.as_slice(), [only] if !matches!(only.content, Content::Patient(_)));
    let more_at_source = if is_cut_off(&records) {
        SectionName::ALL.to_vec()
    } else {
        more
    };
    let windows = Windows::default();
    let request = Request {
        patient: patient.as_ref(),
        as_of: args.as_of.unwrap_or(today),
        look: if args.normal {
            Look::Normal
        } else {
            Look::Emergency
        },
        language: args.lang,
        windows: &windows,
        forbidden: &[],
        hides_covered: false,
        viewer_facility: None,
        files: true,
    };
    let answer = Answer {
        source: args.source,
        subject,
        subject_optional: is_single,
        outcome: Outcome::Answered {
            records: Arc::new(records),
            at: beginning_of(today),
            freshness: Freshness::Fresh,
            more_at_source,
            failed: Vec::new(),
        },
    };
    let mut summary = assemble(&request, &[answer]);
    if is_unnamed && patient.is_some() {
        let text = states::words(args.lang).no_patient.to_owned();
        summary.notices.insert(
            0,
            Notice {
                tone: Tone::Warning,
                text,
            },
        );
    }
    summary
}

/// Where neither a Patient nor a reference to one came: the first subject that is named by an
/// identifier alone (an insurance number), so that all its resources are one person's.
fn known_by_number(records: &Records) -> Option<Patient> {
    records
        .records
        .iter()
        .find_map(|record| record.subject.identifier.clone())
        .map(|identifier| Patient {
            identifiers: vec![identifier],
            ..Patient::default()
        })
}

/// Whether the end of a file is missing: then any section may be a part.
fn is_cut_off(records: &Records) -> bool {
    records.records.iter().any(
        |record| matches!(&record.content, Content::Unreadable { why } if why == fhir::CUT_OFF),
    )
}

/// Midnight in Japan: files say no more of when they were received than the day they are read.
fn beginning_of(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
    midnight - chrono::TimeDelta::seconds(i64::from(JAPAN_OFFSET_SECONDS))
}

#[cfg(test)]
mod tests;
