//! Pages that are made of one assembly share what was drawn, and nothing else.

use super::*;
use crate::{
    domain::{
        access::GrantId,
        section::{Freshness, SourceName},
    },
    web::handlers::summary::Shown,
};

async fn page_of(shown: &Shown, viewer: &Viewer) -> String {
    let mut context = sample::context(Language::Ja);
    context.path = format!("/summary/{}", shown.grant.id);
    let page = SummaryPage::new(&context, viewer, shown).unwrap();
    html(page.respond().unwrap()).await
}

fn physician() -> Viewer {
    sample::viewer(Role::Physician, Language::Ja)
}

#[actix_web::test]
async fn the_second_page_of_an_assembly_is_the_first_and_was_drawn_once() {
    let shown = sample::shown(sample::usual(Language::Ja));
    assert!(shown.assembled.drawn().is_none());
    let first = page_of(&shown, &physician()).await;
    let drawn = shown.assembled.drawn().unwrap();
    assert_eq!(page_of(&shown, &physician()).await, first);
    assert!(Arc::ptr_eq(&shown.assembled.drawn().unwrap(), &drawn));
    let anew = sample::shown(sample::usual(Language::Ja));
    assert_eq!(page_of(&anew, &physician()).await, first);
}

#[actix_web::test]
async fn what_only_one_viewer_may_ask_for_is_on_no_other_viewers_page() {
    let mut summary = sample::usual(Language::Ja);
    let letter = sample::item("|診療情報提供書", SourceName::Emr, &[]);
    let row = (SourceName::Emr, letter.resource.clone());
    let documents = summary.sections.get_mut(&SectionName::Documents).unwrap();
    documents.items.push(letter);
    let mut shown = sample::shown(summary);
    shown
        .documents
        .insert(row.clone(), "opaque-of-one".to_owned());
    assert!(
        page_of(&shown, &physician())
            .await
            .contains("opaque-of-one")
    );
    shown.documents.insert(row, "opaque-of-other".to_owned());
    let mut grant = sample::grant();
    grant.id = GrantId("demo.other".to_owned());
    let own = shown.grant.id.to_string();
    shown.grant = Arc::new(grant);
    let other = page_of(&shown, &physician()).await;
    assert!(other.contains("opaque-of-other") && !other.contains("opaque-of-one"));
    assert!(other.contains("/summary/demo.other/") && !other.contains(&own));
}

#[actix_web::test]
async fn a_drawing_serves_no_other_key() {
    let mut shown = sample::shown(sample::usual(Language::Ja));
    page_of(&shown, &physician()).await;
    let mut grant = sample::grant();
    let own = std::mem::replace(&mut grant.patient_key.0, "k-other".to_owned());
    shown.grant = Arc::new(grant);
    let page = page_of(&shown, &physician()).await;
    assert!(!page.contains(&own), "a fragment of another key");
    let keys = page.matches("data-patient-key=\"").count();
    assert!(keys > 12);
    assert_eq!(page.matches("data-patient-key=\"k-other\"").count(), keys);
}

#[actix_web::test]
async fn an_age_is_said_as_it_is_now() {
    let mut summary = sample::usual(Language::Ja);
    let drugs = summary.sections.get_mut(&SectionName::Drugs).unwrap();
    drugs.sources[0].freshness = Freshness::Stale;
    drugs.sources[0].fetched_at = Some(sample::now().wall - chrono::Duration::minutes(12));
    let mut shown = sample::shown(summary);
    let age = |minutes| (Text::of(Language::Ja).words.stale)(minutes);
    assert!(page_of(&shown, &physician()).await.contains(&age(12)));
    shown.now.wall += chrono::Duration::minutes(3);
    let later = page_of(&shown, &physician()).await;
    assert!(later.contains(&age(15)) && !later.contains(&age(12)));
}

#[actix_web::test]
async fn what_came_late_stands_where_it_was_reserved_also_after_an_early_page() {
    let mut summary = sample::usual(Language::Ja);
    let drugs = &mut summary.sections.get_mut(&SectionName::Drugs).unwrap().items;
    let row = drugs[0].clone();
    drugs.extend(std::iter::repeat_n(row, 30));
    let shown = sample::shown(summary);
    let viewer = physician();
    let early = page_of(&shown, &viewer).await;
    let mut context = sample::context(Language::Ja);
    context.path = format!("/summary/{}/late", shown.grant.id);
    let late = SummaryPage::new(&context, &viewer, &shown).unwrap();
    let late = html(late.respond().unwrap()).await;
    assert!(late.contains("grid-usual"), "nothing moves");
    assert!(!early.contains("grid-usual"));
}
