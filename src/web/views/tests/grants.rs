//! The pages of asking once more, of consent, of renewing, and of one's own grants of a day.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;

use crate::{
    access::{Own, Past, Said},
    domain::access::{Basis, Flag, GrantId},
    web::views::{consent::ConsentPage, grants::GrantsPage},
};

use super::*;

/// One grant as its entries tell it; the given one is open.
fn own(id: &str, ended: Option<End>) -> Own {
    let grant = sample::grant();
    let started = sample::now().wall - TimeDelta::minutes(30);
    Own {
        past: Past {
            id: GrantId(id.into()),
            account: grant.account.clone(),
            facility: grant.facility.clone(),
            patient: grant.patient_key.clone(),
            basis: Basis::Emergency,
            reason: Some(Reason::Other),
            is_renewal: false,
            receipt: Some(match ended {
                None => "4821-0937-5516".into(),
                Some(_) => "1170-2253-0048".into(),
            }),
            started,
            ended: ended.map(|end| (end, sample::now().wall)),
        },
        open: ended.is_none().then(|| Arc::new(grant)),
        note: Some("<script>新生児の母".into()),
        later: vec![Said {
            at: sample::now().wall,
            reason: Some(Reason::Unconscious),
            note: Some("<img src=x>".into()),
        }],
    }
}

/// The pages with their names.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Physician, language);
    let candidate = || sample::candidate("山田 太郎");
    let said = Glass {
        note: "<script>".into(),
        ..Glass::default()
    };
    let confirm =
        GlassPage::again_to_confirm(&context, &viewer, (candidate(), Reason::Other), &said)
            .with_confirmation("sealed".into(), &Flag::ALL);
    let consent = ConsentPage::new(&context, &viewer, candidate(), &said);
    let wrong = ConsentPage::new(&context, &viewer, candidate(), &said)
        .with_wrong(Field::Categories, Wrong::Missing);
    let own = [own("n1.abc", None), own("n1.def", Some(End::WrongPatient))];
    let corrected = GrantsPage::new(&context, &viewer, &own).with_wrong(
        &GrantId("n1.def".into()),
        ("7", "<script>"),
        (Field::Reason, Wrong::NotOneOf),
    );
    let mut ending = sample::shown(sample::usual(language));
    let mut grant = sample::grant();
    grant.span = Duration::from_mins(5);
    ending.grant = Arc::new(grant);
    let ending = SummaryPage::new(&context, &viewer, &ending).and_then(SummaryPage::respond);
    vec![
        ("confirm", confirm.respond()),
        ("consent", consent.respond()),
        ("consent again", wrong.respond()),
        ("grants", GrantsPage::new(&context, &viewer, &own).respond()),
        ("grants again", corrected.respond()),
        (
            "grants none",
            GrantsPage::new(&context, &viewer, &[]).respond(),
        ),
        ("renewable", ending),
    ]
}

#[actix_web::test]
async fn a_grant_that_is_over_names_nobody() {
    for language in BOTH {
        let context = sample::context(language);
        let viewer = sample::viewer(Role::Physician, language);
        for end in [End::Time, End::Hand, End::WrongPatient, End::Restart] {
            let page = GrantsPage::new(&context, &viewer, &[own("n1.def", Some(end))]);
            let page = html(page.respond().unwrap()).await;
            let patient = sample::patient("山田 太郎");
            assert!(!page.contains("山田"), "{end:?}");
            assert!(!page.contains(&patient.kana.unwrap()), "{end:?}");
            assert_eq!(count(&page, "[data-patient-key]"), 0, "{end:?}");
        }
    }
}
