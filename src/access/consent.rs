//! Consent: the form that asks for it, read, and the grant that rests on it.

use std::collections::BTreeSet;

use super::{
    Access, Error, Field, Glass, Viewer, Wrong,
    candidate::Sealed,
    glass::{LONGEST_NAME, Stated, read_remarks, read_text},
};
use crate::domain::{
    access::{Action, Basis, GrantId},
    consent::{Category, Consent, How},
    text::normalised,
};

impl Access {
    /// Opens a grant on the patient's consent. It needs no emergency permission, but a role that
    /// sees patients at all.
    pub(super) async fn open_consented(
        &self,
        viewer: &Viewer,
        glass: &Glass,
        candidate: Sealed,
    ) -> Result<GrantId, Error> {
        self.may(viewer, Action::ReadSummary).await?;
        let wrong = |(field, wrong)| Error::Field(field, wrong);
        let consent = read(glass).map_err(wrong)?;
        let (note, identified_by) = read_remarks(glass).map_err(wrong)?;
        let _lane = self.inner.openings.lane(&viewer.account).await;
        let same = self
            .own_open(viewer, &candidate.person)
            .into_iter()
            .find(|grant| grant.consent.as_ref() == Some(&consent));
        if let Some(grant) = same {
            return Ok(grant.id.clone());
        }
        let stated = Stated {
            reason: None,
            judged_by: None,
            note,
            identified_by,
        };
        let flags = self.flags_of_consent(viewer, &candidate);
        let mut grant = self.new_grant(viewer, candidate, stated);
        grant.flags = flags;
        grant.basis = Basis::Consented;
        grant.consent = Some(consent);
        grant.span = self
            .inner
            .settings
            .consented
            .min(crate::domain::consent::LONGEST);
        self.start(viewer, grant).await
    }
}

/// Whether the reason says 0: consent is to be recorded instead.
pub(super) fn is_asked_for(glass: &Glass) -> bool {
    let values = match &*glass.reasons {
        [untouched, rest @ ..] if !rest.is_empty() && *untouched == glass.prefilled => rest,
        all => all,
    };
    let mut said = values
        .iter()
        .map(|value| normalised(value))
        .filter(|value| !value.is_empty())
        .peekable();
    said.peek().is_some() && said.all(|value| value == "0")
}

fn read(glass: &Glass) -> Result<Consent, (Field, Wrong)> {
    let how = match glass.how.trim() {
        "" => Err((Field::How, Wrong::Missing)),
        word => How::from_field(word).ok_or((Field::How, Wrong::NotOneOf)),
    }?;
    let categories = glass
        .categories
        .iter()
        .map(|word| Category::parse(word).ok_or((Field::Categories, Wrong::NotOneOf)))
        .collect::<Result<BTreeSet<_>, _>>()?;
    if categories.is_empty() {
        return Err((Field::Categories, Wrong::Missing));
    }
    let taken_by = read_text(Field::TakenBy, &glass.taken_by, LONGEST_NAME)?
        .ok_or((Field::TakenBy, Wrong::Missing))?;
    Ok(Consent {
        how,
        categories,
        taken_by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(how: &str, categories: &[&str], taken_by: &str) -> Glass {
        Glass {
            how: how.to_owned(),
            categories: categories.iter().map(|word| (*word).to_owned()).collect(),
            taken_by: taken_by.to_owned(),
            ..Glass::default()
        }
    }

    #[test]
    fn consent_says_how_for_what_and_who_took_it() {
        let wrong = |field, wrong| Err((field, wrong));
        for (glass, expected) in [
            (
                form("", &["drugs"], "佐藤"),
                wrong(Field::How, Wrong::Missing),
            ),
            (
                form("told", &["drugs"], "佐藤"),
                wrong(Field::How, Wrong::NotOneOf),
            ),
            (
                form("oral", &[], "佐藤"),
                wrong(Field::Categories, Wrong::Missing),
            ),
            (
                form("oral", &["drugs", "all"], "佐藤"),
                wrong(Field::Categories, Wrong::NotOneOf),
            ),
            (
                form("oral", &["drugs"], " 　"),
                wrong(Field::TakenBy, Wrong::Missing),
            ),
            (
                form("oral", &["drugs"], &"あ".repeat(121)),
                wrong(Field::TakenBy, Wrong::TooLong(120)),
            ),
            (
                form("oral", &["drugs"], "a\0b"),
                wrong(Field::TakenBy, Wrong::Unreadable),
            ),
            (
                form("card_reader", &["drugs", "chart", "drugs"], "佐藤"),
                Ok(Consent {
                    how: How::CardReader,
                    categories: [Category::Drugs, Category::Chart].into(),
                    taken_by: "佐藤".to_owned(),
                }),
            ),
        ] {
            assert_eq!(read(&glass), expected, "{glass:?}");
        }
    }

    #[test]
    fn only_the_digit_zero_leads_to_consent() {
        let asks = |values: &[&str], prefilled: &str| {
            is_asked_for(&Glass {
                reasons: values.iter().map(|value| (*value).to_owned()).collect(),
                prefilled: prefilled.to_owned(),
                ..Glass::default()
            })
        };
        assert!(asks(&["0"], "") && asks(&["０", ""], "") && asks(&["1", "0"], "1"));
        for values in [
            &[][..],
            &[""],
            &["1"],
            &["00"],
            &["10"],
            &["0", "1"],
            &["1", "0"],
        ] {
            assert!(!asks(values, ""), "{values:?}");
        }
    }
}
