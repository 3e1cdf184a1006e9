//! Tables that are saved as a file: comma-separated values (RFC 4180) that no spreadsheet takes for
//! formulas, with the mark by which Japanese spreadsheets know UTF-8.

use actix_web::{
    HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue},
};

use crate::domain::text::harmless;

use super::error::Problem;

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A table being made.
pub(super) struct Table(csv::Writer<Vec<u8>>);

impl Table {
    /// With its heading.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(super) fn new(heading: &[&str]) -> Result<Self, Problem> {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(MARK.to_vec());
        let mut table = Self(writer);
        table.add(heading)?;
        Ok(table)
    }

    /// One more line.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(super) fn add<T: AsRef<str>>(&mut self, fields: &[T]) -> Result<(), Problem> {
        let fields = fields.iter().map(|field| harmless(field.as_ref()));
        self.0.write_record(fields).map_err(|_| Problem::Broken)
    }

    /// The answer: a file of this name.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(super) fn respond(self, name: &str) -> Result<HttpResponse, Problem> {
        let bytes = self.0.into_inner().map_err(|_| Problem::Broken)?;
        let saved = format!("attachment; filename=\"{name}.csv\"");
        let saved = HeaderValue::from_str(&saved).map_err(|_| Problem::Broken)?;
        Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((CONTENT_DISPOSITION, saved))
            .body(bytes))
    }
}
