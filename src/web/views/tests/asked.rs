//! The pages of what is shown only when asked for.

use scraper::{Html, Selector};

use crate::{
    domain::{
        access::Role,
        document::{Part, Readable, Reading, Said},
        section::{Language, SectionName, SourceName},
        summary::{Item, Summary, Tone},
    },
    web::views::{document::DocumentPage, sample, summary::SummaryPage, uncovered::UncoveredPage},
};

use super::{BOTH, html, print_page, summary_page};

fn attributes(page: &str, selector: &str, attribute: &str) -> Vec<String> {
    Html::parse_document(page)
        .select(&Selector::parse(selector).unwrap())
        .filter_map(|element| element.attr(attribute).map(str::to_owned))
        .collect()
}

/// What is shown once it is asked for.
pub(super) fn uncovered() -> Vec<(SectionName, Vec<Item>)> {
    let row = sample::item(
        "|胃癌 <img src=x>|||2023-04-01|みなみ内科医院",
        SourceName::Emr,
        &[(Tone::Danger, "未告知")],
    );
    vec![(SectionName::Problems, vec![row])]
}

/// A document with everything that can be said of its parts.
pub(super) fn reading() -> Reading {
    let part = |title: &str, said, text| Part {
        title: Some(title.into()),
        said,
        text,
        ..Part::default()
    };
    let markup = Readable::Markup("<p>発熱 &lt; 3日</p>".into());
    let plain = Readable::Plain("<script>1</script>\n二行目".into());
    let pdf = Said::CannotOpen(Some("application/pdf".into()), Some(2048));
    Reading {
        title: "診療情報提供書 <script>".into(),
        words: vec!["確定".into()],
        date: Some("2026-10-01".into()),
        facility: Some("みなみ内科医院".into()),
        details: vec!["作成者 田中 一".into()],
        parts: vec![
            part("現病歴", vec![Said::MediaLeftOut, Said::Cut], Some(markup)),
            part("控え", vec![], Some(plain)),
            part("傷病名", vec![Said::NoText(2)], None),
            part("画像", vec![pdf, Said::Unreadable], None),
        ],
        protected: false,
    }
}

async fn uncovered_page(language: Language) -> String {
    let (context, viewer) = (
        sample::context(language),
        sample::viewer(Role::Physician, language),
    );
    let shown = sample::shown(sample::usual(language));
    let page = UncoveredPage::new(&context, &viewer, &shown, &uncovered()).unwrap();
    html(page.respond().unwrap()).await
}

async fn document_page(language: Language, reading: Reading) -> String {
    let (context, viewer) = (
        sample::context(language),
        sample::viewer(Role::Physician, language),
    );
    let shown = sample::shown(sample::usual(language));
    let page = DocumentPage::new(&context, &viewer, &shown, &reading);
    html(page.respond().unwrap()).await
}

/// The usual patient with one covered problem.
fn protected(language: Language) -> Summary {
    let mut summary = sample::usual(language);
    let row = Item {
        title: "保護項目 2件".into(),
        text: "保護項目 2件".into(),
        covered: true,
        ..Item::default()
    };
    let problems = summary.sections.get_mut(&SectionName::Problems).unwrap();
    problems.items.insert(0, row);
    summary
}

#[actix_web::test]
async fn the_uncovered_page_goes_back_by_itself_after_a_minute_and_says_so_loudly() {
    let page = uncovered_page(Language::Ja).await;
    assert_eq!(attributes(&page, "a#back", "href"), ["/summary/n1.abc"]);
    assert_eq!(attributes(&page, "body", "data-seconds"), ["60"]);
    assert!(page.contains("本人・家族に未告知の病名を含みます"));
    assert!(page.contains("胃癌 &#60;img src=x&#62;") && page.contains("2023-04-01"));
    assert!(attributes(&page, "form#language input[name=back]", "value") == ["/summary/n1.abc"]);
}

#[actix_web::test]
async fn a_seat_that_locks_sooner_covers_sooner() {
    let language = Language::En;
    let context = sample::context(language);
    let mut viewer = sample::viewer(Role::Physician, language);
    viewer.idle_lock = std::time::Duration::from_secs(30);
    let shown = sample::shown(sample::usual(language));
    let page = UncoveredPage::new(&context, &viewer, &shown, &uncovered()).unwrap();
    let page = html(page.respond().unwrap()).await;
    assert_eq!(attributes(&page, "body", "data-seconds"), ["30"]);
}

#[actix_web::test]
async fn a_covered_row_can_be_asked_for_on_the_screen_and_only_counts_on_paper() {
    for language in BOTH {
        let screen = summary_page(language, protected(language)).await;
        assert_eq!(
            attributes(
                &screen,
                "#section-problems .row-covered form#uncover-problems",
                "action"
            ),
            ["/summary/n1.abc/uncover"]
        );
        let paper = print_page(language, protected(language)).await;
        assert!(attributes(&paper, "form.uncover", "action").is_empty());
        assert!(paper.contains("保護項目 2件"));
    }
}

#[actix_web::test]
async fn a_covered_row_is_never_folded() {
    let mut summary = protected(Language::Ja);
    let warning = sample::item(
        "|疑い病名|||2026-01-01|院",
        SourceName::Emr,
        &[(Tone::Warning, "疑い")],
    );
    let problems = summary.sections.get_mut(&SectionName::Problems).unwrap();
    problems.items.extend(std::iter::repeat_n(warning, 20));
    let page = summary_page(Language::Ja, summary).await;
    assert_eq!(
        attributes(&page, "#section-problems > .rows .row-covered", "class").len(),
        1
    );
}

#[actix_web::test]
async fn a_document_that_may_be_opened_has_its_link_on_the_screen_and_no_other() {
    let language = Language::Ja;
    let mut summary = sample::usual(language);
    let row = |resource: &str| Item {
        resource: resource.into(),
        ..sample::item("|診療情報提供書|||2026-10-01|院", SourceName::Emr, &[])
    };
    let section = summary.sections.get_mut(&SectionName::Documents).unwrap();
    section.items = vec![row("Composition/1"), row("Composition/2")];
    let mut shown = sample::shown(summary.clone());
    let which = (SourceName::Emr, "Composition/1".to_owned());
    shown.documents.insert(which, "opaque-1".into());
    let viewer = sample::viewer(Role::Physician, language);
    let page = SummaryPage::new(&sample::context(language), &viewer, &shown).unwrap();
    let page = html(page.respond().unwrap()).await;
    assert_eq!(
        attributes(&page, "a.open-document", "href"),
        ["/summary/n1.abc/documents/opaque-1"]
    );
    let paper = print_page(language, summary).await;
    assert!(!paper.contains("/documents/"));
}

#[actix_web::test]
async fn a_document_is_printed_as_it_was_made_safe_and_says_what_is_missing() {
    let page = document_page(Language::Ja, reading()).await;
    assert!(page.contains("<div class=\"passage\"><p>発熱 &lt; 3日</p></div>"));
    assert!(page.contains("&#60;script&#62;1&#60;/script&#62;"));
    for said in [
        "図・画像は表示していません",
        "途中まで",
        "本文なし（構造化データ 2件",
        "添付（application/pdf 2 KB）：この画面では開けません",
        "本文を読み取れません",
        "みなみ内科医院",
        "作成者 田中 一",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("保護項目があります"));
    let named = Reading {
        protected: true,
        ..reading()
    };
    let page = document_page(Language::Ja, named).await;
    assert!(page.contains("保護項目があります"));
    let part = Part {
        said: vec![Said::Withheld],
        ..Part::default()
    };
    let withheld = Reading {
        parts: vec![part],
        ..reading()
    };
    let page = document_page(Language::Ja, withheld).await;
    assert!(page.contains("この権限では本文を表示しません"));
}
