//! A CSV file as text fields under known headings, in UTF-8 or `Shift_JIS`, with or without a mark of
//! byte order.

use encoding_rs::SHIFT_JIS;

use super::{FileFlaw, LineFlaw, MOST_BYTES, MOST_LINES};
use crate::domain::text::{folded, normalised};

/// A column: its word, what else stands above it, and whether it must be there.
pub(super) struct Column {
    pub(super) word: &'static str,
    pub(super) also: &'static [&'static str],
    pub(super) is_needed: bool,
}

/// A file with its columns found.
pub(super) struct Sheet {
    /// For each column that is known, where it stands.
    places: Vec<(&'static str, usize)>,
    width: usize,
    lines: Vec<(u64, csv::StringRecord)>,
}

/// One line of it.
pub(super) struct Line<'a> {
    /// Its number in the file.
    pub(super) number: u64,
    sheet: &'a Sheet,
    fields: &'a csv::StringRecord,
}

impl Sheet {
    /// Reads a file with these columns. Lines without any text are passed over.
    pub(super) fn read(bytes: &[u8], columns: &[Column]) -> Result<Self, FileFlaw> {
        if bytes.len() > MOST_BYTES {
            return Err(FileFlaw::TooLarge);
        }
        let text = decoded(bytes)?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let Some(Ok(heading)) = records.next() else {
            return Err(FileFlaw::Empty);
        };
        let places = places(&heading, columns)?;
        let mut lines = Vec::new();
        for record in records {
            let record = record.map_err(|_| FileFlaw::Encoding)?;
            if record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            if lines.len() == MOST_LINES {
                return Err(FileFlaw::TooLong);
            }
            let number = number_of(&record, &text);
            lines.push((number, record));
        }
        if lines.is_empty() {
            return Err(FileFlaw::Empty);
        }
        Ok(Self {
            places,
            width: heading.len(),
            lines,
        })
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.lines.iter().map(|(number, fields)| Line {
            number: *number,
            sheet: self,
            fields,
        })
    }
}

impl Line<'_> {
    /// Whether it has as many fields as the heading.
    pub(super) fn checked(&self) -> Result<(), LineFlaw> {
        if self.fields.len() != self.sheet.width {
            return Err(LineFlaw::Fields);
        }
        let is_clean = |field: &str| !field.contains(char::is_control);
        if self.fields.iter().all(is_clean) {
            Ok(())
        } else {
            Err(LineFlaw::Control)
        }
    }

    /// A field, empty where there is no such column.
    pub(super) fn get(&self, word: &str) -> &str {
        let place = self.sheet.places.iter().find(|(known, _)| *known == word);
        place
            .and_then(|(_, place)| self.fields.get(*place))
            .map_or("", str::trim)
    }

    /// A field that is shown to auditors: nothing that a spreadsheet would take for a formula.
    pub(super) fn shown(&self, word: &'static str) -> Result<String, LineFlaw> {
        plain(word, self.get(word))
    }
}

/// A text that is shown to auditors: short, and nothing that a spreadsheet would take for a formula.
pub(super) fn plain(word: &'static str, text: &str) -> Result<String, LineFlaw> {
    let field = normalised(text);
    if field.starts_with(['=', '+', '-', '@']) {
        Err(LineFlaw::Formula(word))
    } else if field.chars().count() > 40 || field.chars().any(char::is_control) {
        Err(LineFlaw::Unreadable(word))
    } else {
        Ok(field)
    }
}

/// The line at which a record begins: the empty ones before it are passed over, and counted.
fn number_of(record: &csv::StringRecord, text: &str) -> u64 {
    let Some(position) = record.position() else {
        return 0;
    };
    let byte = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(byte..).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| b"\r\n".contains(byte));
    let passed = empty.filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(passed).unwrap_or_default()
}

/// The text of a file. What reads as UTF-8 is UTF-8.
fn decoded(bytes: &[u8]) -> Result<String, FileFlaw> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = if let Ok(text) = std::str::from_utf8(bytes) {
        text.to_owned()
    } else {
        let (text, had_errors) = SHIFT_JIS.decode_without_bom_handling(bytes);
        if had_errors {
            return Err(FileFlaw::Encoding);
        }
        text.into_owned()
    };
    // UTF-16 reads as UTF-8 with zeros between.
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
    if text.chars().all(is_text) {
        Ok(text)
    } else {
        Err(FileFlaw::Encoding)
    }
}

fn places(
    heading: &csv::StringRecord,
    columns: &[Column],
) -> Result<Vec<(&'static str, usize)>, FileFlaw> {
    let mut places: Vec<(&'static str, usize)> = Vec::new();
    for (place, said) in heading.iter().enumerate() {
        let is_it = |word: &&str| folded(word) == folded(said);
        let column = columns
            .iter()
            .find(|column| is_it(&column.word) || column.also.iter().any(is_it));
        let word = column.map(|column| column.word);
        let is_new = |word: &&str| !places.iter().any(|(known, _)| known == word);
        match word.filter(is_new) {
            Some(word) => places.push((word, place)),
            None => return Err(FileFlaw::Column(place + 1)),
        }
    }
    let is_missing = |column: &&Column| {
        column.is_needed && !places.iter().any(|(known, _)| *known == column.word)
    };
    match columns.iter().find(is_missing) {
        Some(column) => Err(FileFlaw::NoColumn(column.word)),
        None => Ok(places),
    }
}
