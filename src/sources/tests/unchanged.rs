//! Answers that a source says are still the same.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::sources::Refreshed;

/// A source that puts a tag on every search.
struct Tagged {
    server: Server,
    /// What has the second tag: everything else still has the first.
    changed: Arc<Mutex<Vec<&'static str>>>,
    /// Requests that showed a tag.
    shown: Arc<AtomicUsize>,
}

const FIRST: &str = "\"one\"";
const SECOND: &str = "\"two\"";

fn headed(header: &'static str, status: u16, reply: Reply) -> Reply {
    let body = match reply {
        Reply::Json(json) if status == 200 => json.to_string().into_bytes(),
        Reply::Json(_) | Reply::Raw { .. } | Reply::Hang | Reply::Close => vec![],
    };
    Reply::Raw {
        status,
        kind: "application/fhir+json",
        body,
        promised: None,
        header,
    }
}

impl Tagged {
    /// `first` and `second` are the header lines of the two states.
    fn start(first: &'static str, second: &'static str) -> Self {
        let changed = Arc::new(Mutex::new(Vec::new()));
        let shown = Arc::new(AtomicUsize::new(0));
        let (what, count) = (Arc::clone(&changed), Arc::clone(&shown));
        let server = Server::start(move |request| {
            let is_changed = what
                .lock()
                .unwrap()
                .iter()
                .any(|kind| *kind == request.kind());
            if request.is_search_for_patient() {
                let Reply::Json(mut page) = good(request) else {
                    panic!("a page")
                };
                if is_changed {
                    page["entry"][0]["resource"]["deceasedBoolean"] = json!(true);
                }
                return Reply::Json(page);
            }
            let head = request.head.to_lowercase();
            count.fetch_add(
                usize::from(head.contains("if-none-match") || head.contains("if-modified")),
                Ordering::SeqCst,
            );
            let (header, tag) = if is_changed {
                (second, SECOND)
            } else {
                (first, FIRST)
            };
            if head.contains(&format!("if-none-match: {tag}\r\n")) {
                return headed(header, 304, Reply::Close);
            }
            // One of the two observations has been deleted.
            let link = request.target.trim_start_matches("/fhir/").to_owned();
            let left = bundle(Some(&link), None, &[clinical("Observation", "o2", "p1")]);
            let whole = if is_changed && request.kind() == "Observation" {
                Reply::Json(left)
            } else {
                good(request)
            };
            headed(header, 200, whole)
        });
        Self {
            server,
            changed,
            shown,
        }
    }

    fn strong() -> Self {
        Self::start("ETag: \"one\"\r\n", "ETag: \"two\"\r\n")
    }

    fn change(&self, kind: &'static str) {
        self.changed.lock().unwrap().push(kind);
    }

    fn shown(&self) -> usize {
        self.shown.load(Ordering::SeqCst)
    }
}

struct Ward {
    sources: Sources,
    clock: Arc<Hands>,
}

impl Ward {
    fn of(tagged: &Tagged) -> Self {
        let clock = Hands::new();
        Self {
            sources: reached(&tagged.server.base, |_| {}, Arc::clone(&clock)),
            clock,
        }
    }

    /// Asks with an earlier answer; a minute later than before.
    async fn refresh(&self, earlier: Option<&Fetched>) -> Refreshed<usize> {
        self.clock.forward(Duration::from_mins(1));
        let earlier = earlier.map(|earlier| (7, earlier.at));
        self.sources
            .refresh(SourceName::Emr, &person(), earlier, Instant::now() + LONG)
            .await
            .unwrap()
    }

    async fn whole(&self, earlier: Option<&Fetched>) -> Fetched {
        match self.refresh(earlier).await {
            Refreshed::Fetched(fetched) => fetched,
            Refreshed::Unchanged(..) => panic!("it is not the same"),
        }
    }
}

#[tokio::test]
async fn an_answer_whose_every_part_is_the_same_is_kept_with_a_new_time() {
    let tagged = Tagged::strong();
    let ward = Ward::of(&tagged);
    let first = ward.whole(None).await;
    assert_eq!(tagged.shown(), 0);
    let mut at = first.at;
    for times in 1..=3 {
        let earlier = Fetched {
            at,
            ..first.clone()
        };
        let Refreshed::Unchanged(kept, since) = ward.refresh(Some(&earlier)).await else {
            panic!("it is the same")
        };
        assert_eq!(kept, 7);
        assert_eq!(since, at + Duration::from_mins(1));
        assert_eq!(tagged.shown(), 7 * times);
        at = since;
    }
}

#[tokio::test]
async fn where_one_part_has_changed_everything_is_fetched_and_what_was_deleted_is_gone() {
    let tagged = Tagged::strong();
    let ward = Ward::of(&tagged);
    let first = ward.whole(None).await;
    assert!(names(&first).contains(&"Observation/o1"));
    tagged.change("Observation");
    let second = ward.whole(Some(&first)).await;
    assert_eq!(
        names(&second),
        ["Patient/p1", "AllergyIntolerance/a1", "Observation/o2"]
    );
    assert!(second.failed.is_empty() && second.more_at_source.is_empty());
    let third = ward.refresh(Some(&second)).await;
    assert!(matches!(third, Refreshed::Unchanged(..)), "the new one");
}

#[tokio::test]
async fn a_patient_who_has_changed_is_fetched_whole() {
    let tagged = Tagged::strong();
    let ward = Ward::of(&tagged);
    let first = ward.whole(None).await;
    tagged.change("Patient");
    ward.whole(Some(&first)).await;
    assert_eq!(tagged.shown(), 0, "nothing was asked by halves");
}

#[tokio::test]
async fn only_a_strong_tag_of_the_very_answer_less_than_an_hour_old_is_shown() {
    for (first, second) in [
        ("ETag: W/\"one\"\r\n", "ETag: W/\"two\"\r\n"),
        ("Last-Modified: Sun, 22 Nov 2026 00:00:00 GMT\r\n", ""),
        ("", ""),
    ] {
        let tagged = Tagged::start(first, second);
        let ward = Ward::of(&tagged);
        let earlier = ward.whole(None).await;
        tagged.change("Observation");
        let later = ward.whole(Some(&earlier)).await;
        assert!(!names(&later).contains(&"Observation/o1"), "{first}");
        assert_eq!(tagged.shown(), 0, "{first}");
    }
    let tagged = Tagged::strong();
    let ward = Ward::of(&tagged);
    let mut other = ward.whole(None).await;
    other.at -= Duration::from_secs(1);
    let whole = ward.whole(Some(&other)).await;
    assert_eq!(tagged.shown(), 0, "the tags of another answer");
    ward.clock.forward(Duration::from_mins(59));
    ward.whole(Some(&whole)).await;
    assert_eq!(tagged.shown(), 0, "once an hour everything is fetched");
}

#[tokio::test]
async fn a_part_is_never_kept_as_the_whole() {
    // One search fails, or brings a stray resource.
    type Spoil = fn(&Request) -> Reply;
    let spoils: [Spoil; 2] = [
        |_| Reply::status(500, "text/plain", "x"),
        |request| {
            let link = request.target.trim_start_matches("/fhir/").to_owned();
            let mixed = [
                clinical("Condition", "c1", "p1"),
                clinical("Condition", "c2", "p2"),
            ];
            headed(
                "ETag: \"one\"\r\n",
                200,
                Reply::Json(bundle(Some(&link), None, &mixed)),
            )
        },
    ];
    for spoil in spoils {
        let shown = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&shown);
        let server = Server::start(move |request| {
            let asks = request.head.to_lowercase().contains("if-none-match");
            count.fetch_add(usize::from(asks), Ordering::SeqCst);
            match request.kind() {
                "Condition" => spoil(request),
                "Patient" => good(request),
                _ => headed("ETag: \"one\"\r\n", 200, good(request)),
            }
        });
        let clock = Hands::new();
        let ward = Ward {
            sources: reached(&server.base, |_| {}, Arc::clone(&clock)),
            clock,
        };
        let first = ward.whole(None).await;
        ward.whole(Some(&first)).await;
        assert_eq!(shown.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn a_source_that_says_unchanged_unasked_has_not_answered() {
    let fetched = fetch(but("Observation", |_| {
        headed("ETag: \"one\"\r\n", 304, Reply::Close)
    }))
    .await
    .unwrap();
    assert_eq!(failed(&fetched, S::Labs), Some(Error::Refused(304)));
}
