//! Pages that are asked for before the page before has come.

use std::sync::Barrier;

use super::*;

/// Four pages of ten observations each; `link` makes the link from one page to the next, where
/// there is one, and `meet` is called before a page is sent.
fn offset_pages(
    link: impl Fn(usize) -> Option<String> + Send + Sync + 'static,
    meet: impl Fn(usize) + Send + Sync + 'static,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    but("Observation", move |request| {
        let offset: usize = request
            .target
            .split_once("_offset=")
            .map_or(0, |(_, offset)| offset.parse().unwrap());
        meet(offset);
        let own: Vec<Value> = (offset..(offset + 10).min(40))
            .map(|number| clinical("Observation", &format!("o{number}"), "p1"))
            .collect();
        let mut page = bundle(None, link(offset).as_deref(), &own);
        page["total"] = json!(40);
        Reply::Json(page)
    })
}

fn next(offset: usize) -> Option<String> {
    (offset < 30).then(|| format!("Observation?patient=p1&_offset={}", offset + 10))
}

fn whole() -> Vec<String> {
    (0..40)
        .map(|number| format!("Observation/o{number}"))
        .collect()
}

fn observations(fetched: &Fetched) -> Vec<&str> {
    let mut names = names(fetched);
    names.retain(|name| name.starts_with("Observation/"));
    names
}

fn asked(server: &Server) -> Vec<String> {
    let mut log = server.log();
    log.retain(|line| line.contains("_offset="));
    log
}

#[tokio::test]
async fn pages_that_say_where_they_are_are_asked_for_together_and_once_each() {
    // Each of the three later pages is sent only when all three have been asked for.
    let all = Barrier::new(3);
    let server = Server::start(offset_pages(next, move |offset| {
        if offset > 0 {
            all.wait();
        }
    }));
    let fetched = sources(&server.base)
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await
        .unwrap();
    assert_eq!(observations(&fetched), whole());
    assert!(fetched.more_at_source.is_empty() && fetched.failed.is_empty());
    assert_eq!(asked(&server).len(), 3);
}

#[tokio::test]
async fn what_was_guessed_is_taken_only_where_the_links_lead_to_it() {
    // The second page links past the third, as the links of a changed search may.
    let link = |offset| match offset {
        10 => Some("Observation?patient=p1&_offset=30".to_owned()),
        other => next(other),
    };
    let fetched = fetch(offset_pages(link, |_| {})).await.unwrap();
    let mut expected = whole();
    expected.drain(20..30);
    assert_eq!(observations(&fetched), expected);
    // The source said that there are forty.
    assert_eq!(fetched.more_at_source, [S::Labs, S::Infections]);
    // The last page by its links is the last one, whatever was asked for beside it.
    let ended = fetch(offset_pages(
        |offset| next(offset).filter(|_| offset < 10),
        |_| {},
    ))
    .await
    .unwrap();
    assert_eq!(observations(&ended), whole()[..20]);
    assert_eq!(ended.more_at_source, [S::Labs, S::Infections]);
}

#[tokio::test]
async fn a_page_asked_ahead_that_fails_is_said_and_those_after_it_are_not_shown() {
    let pages = offset_pages(next, |_| {});
    let fetched = fetch(move |request| {
        if request.target.ends_with("_offset=20") {
            return Reply::status(500, "text/plain", "x");
        }
        pages(request)
    })
    .await
    .unwrap();
    assert_eq!(failed(&fetched, S::Labs), Some(Error::Refused(500)));
    assert_eq!(observations(&fetched), whole()[..20]);
}

#[tokio::test]
async fn resources_without_an_id_keep_names_of_their_own_on_pages_asked_ahead() {
    let fetched = fetch(but("Observation", |request| {
        let offset: usize = request
            .target
            .split_once("_offset=")
            .map_or(0, |(_, offset)| offset.parse().unwrap());
        let mut one = clinical("Observation", "x", "p1");
        one.as_object_mut().unwrap().remove("id");
        let mut page = bundle(None, next(offset).as_deref(), &vec![one; 10]);
        page["total"] = json!(40);
        Reply::Json(page)
    }))
    .await
    .unwrap();
    let mut names = observations(&fetched);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 40);
}
