//! A replay as an auditor sees it.

use crate::{
    domain::summary::Kept,
    review::{Content, Replay},
    web::views::replay::{Again, ReplayPage},
};

use super::*;

/// A view of the sample's patient by a method.
fn replayed(language: Language, method: &str, content: Content) -> Replay {
    let entry = serde_json::json!({
        "seq": 13,
        "node": "n1",
        "boot": "b",
        "wall": sample::now().wall,
        "since_boot_ms": 1,
        "event": "viewed",
        "account": "a-77",
        "facility": "f1",
        "terminal": "t-1",
        "patient": "k-1f2e",
        "receipt": "4821-0937-5516",
        "fields": {
            "method": method,
            "language": Text::of(language).lang,
            "identified_by": "photograph",
        },
    });
    Replay {
        entry: serde_json::from_value(entry).unwrap(),
        content,
    }
}

/// Every kind of replay.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let mut context = sample::context(language);
    "/audit/replay/x".clone_into(&mut context.path);
    let viewer = sample::viewer(Role::Auditor, language);
    let names = Names::default();
    let summary = sample::hostile(language);
    let reading = Kept {
        patient: summary.patient.clone(),
        strip: summary.strip.clone(),
        notices: summary.notices.clone(),
        shown: asked::reading(),
    };
    let screen = replayed(language, "screen", Content::Summary(Box::new(summary)));
    let document = replayed(language, "document", Content::Document(Box::new(reading)));
    let erased = replayed(language, "screen", Content::Erased);
    let again = |replay| Again {
        viewer: &viewer,
        replay,
        names: &names,
        now: sample::now(),
    };
    let path = "/audit/replay/x";
    vec![
        (
            "replay names",
            ReplayPage::names(&context, &again(&screen), path).and_then(ReplayPage::respond),
        ),
        (
            "replay",
            ReplayPage::values(&context, &again(&screen)).and_then(ReplayPage::respond),
        ),
        (
            "replay document",
            ReplayPage::values(&context, &again(&document)).and_then(ReplayPage::respond),
        ),
        (
            "replay erased",
            ReplayPage::names(&context, &again(&erased), path).and_then(ReplayPage::respond),
        ),
    ]
}

#[actix_web::test]
async fn every_replay_is_marked_as_one_and_leads_nowhere_but_to_the_ledger() {
    for language in BOTH {
        for (name, page) in pages(language) {
            let page = html(page.unwrap()).await;
            assert!(page.contains(Text::of(language).replay.mark), "{name}");
            assert!(
                !page.contains("/summary/") && !page.contains("/grants/"),
                "{name}"
            );
        }
    }
}
