//! Filters of the work list that an auditor keeps: a setting of his own, and no entry. Names never
//! stand in an address.

use actix_web::{HttpResponse, web::Data};

use crate::{
    access::{Field, Wrong},
    domain::text::normalised,
    web::{
        error::Problem,
        guard::{Posted, ReadLedger},
        views::review::{cases::url, query, wanted},
    },
};

use super::{replay::AuditDesk, see_other};

/// Characters of the longest name.
const LONGEST_NAME: usize = 40;

/// `POST /audit/views`: the filter of the address, under the name that was typed.
pub(in crate::web) async fn keep(
    posted: Posted<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let mut wanted = wanted(&posted.context.query);
    wanted.page = 0;
    let name =
        name(posted.fields.get("name")).map_err(|wrong| Problem::Field(Field::Name, wrong))?;
    let account = &posted.viewer.account;
    let kept = desk.review.keep_view(account, name, query(&wanted)).await?;
    let done = if kept { "view_kept" } else { "views_full" };
    Ok(see_other(&format!("{}&done={done}", url(&wanted))))
}

/// `POST /audit/views/remove`: one of the auditor's own.
pub(in crate::web) async fn remove(
    posted: Posted<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted(&posted.context.query);
    let id = posted.fields.get("view").parse();
    let id = id.map_err(|_| Problem::NotFound)?;
    let account = &posted.viewer.account;
    if !desk.review.remove_view(account, id).await? {
        return Err(Problem::NotFound);
    }
    Ok(see_other(&format!("{}&done=view_removed", url(&wanted))))
}

/// A name that can be shown on one line.
fn name(typed: &str) -> Result<String, Wrong> {
    let name = normalised(typed);
    if name.is_empty() {
        Err(Wrong::Missing)
    } else if name.chars().count() > LONGEST_NAME {
        Err(Wrong::TooLong(LONGEST_NAME))
    } else {
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_to_forty_characters() {
        assert_eq!(name(" 夜間 "), Ok("夜間".to_owned()));
        assert_eq!(name(&"あ".repeat(40)), Ok("あ".repeat(40)));
        assert_eq!(name("  "), Err(Wrong::Missing));
        assert_eq!(name(&"あ".repeat(41)), Err(Wrong::TooLong(40)));
    }
}
