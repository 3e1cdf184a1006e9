//! The pages of asking once more, of consent, of renewing, and of one's own grants of a day.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;

use crate::{
    access::{Candidate, Found, Own, Past, Said},
    domain::access::{Basis, Flag, GrantId},
    web::views::{consent::ConsentPage, grants::GrantsPage, note::NotePage},
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
        views: Vec::new(),
    }
}

/// The pages with their names.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Physician, language);
    let candidate = || sample::candidate("山田 太郎");
    let said = Glass {
        candidate: "sealed".into(),
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
        (
            "note again",
            NotePage::new(&context, &viewer, &GrantId("n1.abc".into()))
                .with_wrong(("3", "<script>"), (Field::Note, Wrong::TooLong(500)))
                .respond(),
        ),
        (
            "nobody kept",
            HomePage::new(&context, &viewer)
                .with_nobody(&Search::default(), Some(3))
                .respond(),
        ),
        (
            "search unrecorded",
            HomePage::new(&context, &viewer)
                .with_unrecorded(&Search::default(), &context)
                .respond(),
        ),
        (
            "glass unrecorded",
            GlassPage::unrecorded(&context, &viewer, candidate(), &said).respond(),
        ),
    ]
}

/// What is said while a ledger cannot be read.
pub(super) fn unread(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let (context, viewer) = (
        sample::context(language),
        sample::viewer(Role::Physician, language),
    );
    let own = GrantsPage::new(&context, &viewer, &[]).with_missing(true);
    let unread = Candidate {
        may_have_objected: true,
        ..sample::candidate("山田 太郎")
    };
    let found = GlassPage::of(&context, &viewer, &Found::Candidates(vec![unread]));
    vec![
        ("grants part", own.respond()),
        ("glass objections unread", found.respond()),
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

/// The page after a refusal of what a role typed.
async fn refused(role: Role, typed: Glass, wrong: (Field, Wrong)) -> String {
    let context = sample::context(Language::Ja);
    let viewer = sample::viewer(role, Language::Ja);
    let typed = Glass {
        candidate: "sealed".into(),
        ..typed
    };
    let page = GlassPage::again(
        &context,
        &viewer,
        sample::candidate("山田 太郎"),
        &typed,
        wrong,
    );
    html(page.respond().unwrap()).await
}

#[actix_web::test]
async fn a_refused_form_keeps_its_reason_and_only_the_empty_reason_field_sends_it() {
    let typed = |reason: &str| Glass {
        reasons: vec![reason.into(), String::new()],
        identified_by: "2".into(),
        ..Glass::default()
    };
    for (role, reason, wrong, focus) in [
        (Role::Nurse, "2", Field::JudgedBy, "judged_by"),
        (Role::Paramedic, "２", Field::JudgedBy, "judged_by"),
        (Role::Physician, "6", Field::Note, "note"),
    ] {
        let page = refused(role, typed(reason), (wrong, Wrong::Missing)).await;
        let digit = if reason == "6" { "6" } else { "2" };
        let kept = format!("form#glass input[type=hidden][name=prefilled][value='{digit}']");
        assert_eq!(count(&page, &kept), 1, "{role:?}");
        let focused = format!("form#glass textarea[name={focus}][autofocus][aria-invalid]");
        assert_eq!(count(&page, &focused), 1, "{role:?}");
        // Every other control in which Enter would send the form.
        assert_eq!(count(&page, "form#glass input:not([type=hidden])"), 1);
        assert_eq!(count(&page, "form#glass select"), 0);
        let along = "form#glass input[type=hidden][name=identified_by][value='2']";
        assert_eq!(count(&page, along), 1, "{role:?}");
        assert!(page.contains("2 家族・同伴者"), "it is said: {page}");
    }
    let page = refused(
        Role::Physician,
        typed("7"),
        (Field::Reason, Wrong::NotOneOf),
    );
    let page = page.await;
    assert_eq!(count(&page, "form#glass input[name=prefilled]"), 0);
    assert_eq!(count(&page, "form#glass input[name=reason][autofocus]"), 1);
}

#[actix_web::test]
async fn who_must_name_a_judge_begins_there_and_a_crew_names_its_captain() {
    let one = Found::Candidates(vec![sample::candidate("山田 太郎")]);
    for (role, label) in [
        (Role::Nurse, "判断した医師の氏名"),
        (Role::Pharmacist, "判断した医師の氏名"),
        (Role::Paramedic, "判断した隊長の氏名"),
    ] {
        let page = html(glass_page(Language::Ja, role, &one)).await;
        let field = format!("form#glass input[name=judged_by][autofocus][aria-label='{label}']");
        assert_eq!(count(&page, &field), 1, "{role:?}");
        let is_crew = role == Role::Paramedic;
        assert_eq!(page.contains("困難と隊長が判断"), is_crew, "{role:?}");
        assert_eq!(page.contains("困難と医師が判断"), !is_crew, "{role:?}");
        let page = refused(role, Glass::default(), (Field::JudgedBy, Wrong::Missing));
        let page = page.await;
        let missing = label.trim_end_matches("の氏名");
        let said = [missing, label].map(|label| format!("{label}を入力してください。"));
        assert!(page.contains(&said[usize::from(is_crew)]), "{role:?}");
    }
}

#[actix_web::test]
async fn nobody_is_told_to_choose_what_he_cannot_open() {
    let two = Found::Candidates(vec![
        sample::candidate("山田 太郎"),
        sample::candidate("山田 次郎"),
    ]);
    let page = html(glass_page(Language::Ja, Role::Clerk, &two)).await;
    assert!(!page.contains("1人を選んで") && page.contains("診療情報は開けません"));
    let context = sample::context(Language::Ja);
    let mut viewer = sample::viewer(Role::Physician, Language::Ja);
    viewer.emergency_permission = false;
    let page = GlassPage::of(&context, &viewer, &two).respond().unwrap();
    let page = html(page).await;
    assert!(page.contains("同意を得て閲覧") && page.contains("本人の同意を得たときだけ"));
    assert!(!page.contains("診療情報は開けません"));
}

#[actix_web::test]
async fn a_grant_that_nobody_was_told_of_is_not_called_a_revocation() {
    let context = sample::context(Language::Ja);
    let viewer = sample::viewer(Role::Physician, Language::Ja);
    let began = sample::now().wall - TimeDelta::minutes(30);
    let looked = vec![(began, "1111-2222-3333".to_owned())];
    for (after, views, said) in [
        (1, Vec::new(), "開けなかった（記録の遅れ）"),
        (1, looked, "権限の取消し"),
        (60, Vec::new(), "権限の取消し"),
    ] {
        let mut own = own("n1.def", Some(End::Revoked));
        own.past.ended = Some((End::Revoked, began + TimeDelta::seconds(after)));
        own.views = views;
        let page = GrantsPage::new(&context, &viewer, &[own]);
        let page = html(page.respond().unwrap()).await;
        assert!(page.contains(said), "{after}");
    }
}
