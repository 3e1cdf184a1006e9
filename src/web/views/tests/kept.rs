//! Pages that come back with what was typed, and what is said of how a patient was found.

use crate::{
    access::{Found, Viewer},
    domain::{
        access::{FoundBy, Role},
        date::Date,
        section::Language,
    },
    web::{
        error::Problem,
        form::{Fields, Kept},
        views::{HttpResponse, StatusCode, glass::GlassPage, problem, sample},
    },
};

use super::{count, glass_page, html};

/// What is left of a form that held a NUL.
pub(super) fn unclean(viewer: Option<Viewer>) -> Kept {
    let body = b"form_token=t&note=%3Cscript%3E&password=x%00&reason=1&reason=2&name=a&sealed=s";
    Kept {
        fields: Fields::cleaned(body),
        viewer,
    }
}

/// Somebody found by four attributes whose birth date is known in part.
pub(super) fn partly(language: Language, born: &str) -> HttpResponse {
    let mut one = sample::candidate("山田 太郎");
    one.found_by = FoundBy::FourAttributes;
    if let Some(patient) = &mut one.patient {
        patient.birth_date = Date::parse(born);
    }
    glass_page(language, Role::Physician, &Found::Candidates(vec![one]))
}

#[actix_web::test]
async fn whoever_was_found_by_a_part_of_the_birth_date_is_shown_with_what_agreed() {
    for (born, said) in [
        (
            "1954",
            Some("照合できていない項目：生年月日（登録は年のみ）"),
        ),
        (
            "1954-03",
            Some("照合できていない項目：生年月日（登録は年月のみ）"),
        ),
        ("1954-03-12", None),
    ] {
        let page = html(partly(Language::Ja, born)).await;
        assert_eq!(page.contains("照合できていない"), said.is_some(), "{born}");
        if let Some(said) = said {
            assert!(page.contains(said), "{page}");
            assert!(page.contains("一致：氏名、性別、住所の都道府県"), "{page}");
        }
    }
}

#[actix_web::test]
async fn an_unclean_form_comes_back_clean_without_password_and_reason() {
    let context = sample::context(Language::Ja).at("/vouch".to_owned());
    let viewer = sample::viewer(Role::Nurse, Language::Ja);
    let unclean = Problem::Unclean(Box::new(unclean(Some(viewer))));
    let page = problem(&unclean, &context);
    assert_eq!(page.status(), StatusCode::BAD_REQUEST);
    assert!(page.headers().contains_key("refresh"), "it covers itself");
    let page = html(page).await;
    for (selector, times) in [
        ("form#kept[action='/vouch'][method=post]", 1),
        ("form#kept input[type=hidden][name=form_token][value=t]", 1),
        ("form#kept input[type=hidden][name=sealed][value=s]", 1),
        ("form#kept input[type=text][name=note][value='<script>']", 1),
        (
            "form#kept input[type=password][name=password]:not([value])",
            1,
        ),
        ("form#kept input[type=tel][name=reason]:not([value])", 1),
        ("form#kept [name=reason]", 1),
    ] {
        assert_eq!(count(&page, selector), times, "{selector}: {page}");
    }
}

#[actix_web::test]
async fn nobody_is_opened_from_a_page_that_does_not_name_him() {
    let context = sample::context(Language::Ja).at("/grants".to_owned());
    let viewer = sample::viewer(Role::Nurse, Language::Ja);
    let mut kept = unclean(Some(viewer));
    kept.fields = Fields::cleaned(b"form_token=t&candidate=c&judged_by=%00a&reason=1&prefilled=2");
    let page = html(problem(&Problem::Unclean(Box::new(kept)), &context)).await;
    for (selector, times) in [
        ("form[action='/grants']", 0),
        ("form#kept[action='/language']", 1),
        ("form#kept input[name=among][value=c]", 1),
        ("form#kept input[name=language][value=ja]", 1),
        ("form#kept input[name=judged_by][value=a]", 1),
        ("form#kept [name=reason]", 0),
    ] {
        assert_eq!(count(&page, selector), times, "{selector}: {page}");
    }
}

#[actix_web::test]
async fn what_a_crew_judges_is_the_installations_own_sentence_where_it_has_one() {
    let one = Found::Candidates(vec![sample::candidate("山田 太郎")]);
    let mut context = sample::context(Language::Ja);
    let settings = crate::web::Settings {
        glass_text: crate::web::GlassText {
            crew: Some(crate::web::Wording {
                ja: "救急業務のため必要と隊長が判断".into(),
                en: "The captain has judged this necessary for emergency service".into(),
            }),
            ..crate::web::GlassText::default()
        },
        ..(**context.settings).clone()
    };
    context.settings = actix_web::web::Data::new(settings);
    for (language, role, said) in [
        (
            Language::Ja,
            Role::Paramedic,
            "救急業務のため必要と隊長が判断（判断者：",
        ),
        (
            Language::En,
            Role::Paramedic,
            "for emergency service (judged by: ",
        ),
        (Language::Ja, Role::Physician, "困難と医師が判断（判断者："),
        (Language::Ja, Role::Nurse, "困難と医師が判断（判断者："),
    ] {
        let viewer = sample::viewer(role, language);
        let context = context.clone().in_language(language);
        let page = GlassPage::of(&context, &viewer, &one).respond().unwrap();
        let page = html(page).await;
        assert!(page.contains(said), "{role:?}: {said}");
        assert!(!page.contains("困難と隊長が判断"), "{role:?}");
    }
    let crew = html(glass_page(Language::Ja, Role::Paramedic, &one)).await;
    assert!(crew.contains("困難と隊長が判断（判断者："), "{crew}");
}
