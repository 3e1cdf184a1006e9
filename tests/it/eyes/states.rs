//! Without colour: every state is told by its words and by the shape of its icon.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};

use super::snapshots;

/// What a section or the strip can be without a row.
const STATES: [&str; 7] = [
    "none_known",
    "reported_empty",
    "not_asked",
    "not_covered",
    "withheld",
    "not_fetched",
    "coming",
];

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).expect("a selector");
    page.select(&selector).collect()
}

fn words(element: ElementRef<'_>) -> String {
    let words = element.text().collect::<String>();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is drawn, without place and colour; empty where nothing is.
fn shape(element: ElementRef<'_>) -> String {
    let drawn = Selector::parse("svg :is(path, circle, rect, use, polyline)").expect("a selector");
    element
        .select(&drawn)
        .map(|part| {
            let value = part.value();
            let facts: Vec<_> = ["d", "r", "x", "width", "points", "href", "stroke-dasharray"]
                .iter()
                .filter_map(|name| value.attr(name))
                .collect();
            format!("{}:{}", value.name(), facts.join(","))
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn every_state_has_its_own_words_and_its_own_shape() {
    for language in ["ja", "en"] {
        let mut words_of: BTreeMap<String, &str> = BTreeMap::new();
        let mut shape_of: BTreeMap<String, &str> = BTreeMap::new();
        for state in STATES {
            let page = snapshots::read(&format!("{language}/state-{state}.html"));
            let page = Html::parse_document(&page);
            let sections = select(&page, &format!("section[data-state={state}]"));
            assert_eq!(sections.len(), 12, "{language} {state}");
            let told = select(&page, &format!("section#section-labs .state-{state}"));
            assert_eq!(told.len(), 1, "{language} {state}: says what it is");
            let (said, drawn) = (words(told[0]), shape(told[0]));
            assert!(!said.is_empty(), "{language} {state}: words");
            assert!(!drawn.is_empty(), "{language} {state}: an icon");
            assert_eq!(
                words_of.insert(said, state),
                None,
                "{language} {state}: words of another"
            );
            assert_eq!(
                shape_of.insert(drawn, state),
                None,
                "{language} {state}: icon of another"
            );
        }
    }
}

#[test]
fn what_warns_warns_without_colour() {
    for name in snapshots::names() {
        let page = Html::parse_document(&snapshots::read(&name));
        for element in select(&page, ".tag-danger, .tag-warning, .notice, .flash, .state") {
            assert!(!words(element).is_empty(), "{name}: words");
            assert!(
                !shape(element).is_empty(),
                "{name}: a shape beside 「{}」",
                words(element)
            );
        }
        for severe in select(&page, ".allergen-severe") {
            assert!(!shape(severe).is_empty(), "{name}: {}", words(severe));
            let plain = select(&page, ".allergen:not(.allergen-severe)");
            assert!(
                plain.iter().all(|other| shape(*other) != shape(severe)),
                "{name}: severe and not severe look different"
            );
        }
        for source in select(
            &page,
            ".source-missing, .source-stale, .source-coming, .source-withheld",
        ) {
            assert!(!shape(source).is_empty(), "{name}: {}", words(source));
        }
    }
}
