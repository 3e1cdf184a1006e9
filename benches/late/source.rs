//! A shared record that knows every patient there may be, and can be slow, silent or dead.

use std::{
    net::TcpListener,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use emergency_summary::{
    domain::{clock::Clock as _, patient::MEMBER_NUMBER_SYSTEM, section::SourceName},
    system::SystemClock,
};
use serde_json::Value;

use crate::{bundle::bundle, ward};

/// Stands in the prepared answers where the patient's number goes.
const NUMBER: &str = "@@@@@@@";
/// Stands where the request's own address goes.
const LINK: &str = "@LINK@";

/// Before the number in an identifier, as a form sends it.
static IN_IDENTIFIER: LazyLock<String> = LazyLock::new(|| format!("%3A{}%3A", ward::SYMBOL));

/// What it does with a request.
#[derive(Debug, Default)]
pub(crate) struct Behaviour {
    /// How long every answer takes, in microseconds.
    latency: AtomicU64,
    /// Of a thousand requests, how many are slow; and how long those take, in microseconds.
    slow: AtomicU64,
    slow_latency: AtomicU64,
    /// 0: well, 1: hanging, 2: dead.
    state: AtomicU64,
    /// Whoever hangs is let go once all is well: else descriptors only grew.
    let_go: tokio::sync::Notify,
    requests: AtomicU64,
}

impl Behaviour {
    pub(crate) fn takes(&self, latency: Duration) {
        self.latency.store(latency.as_micros() as u64, Relaxed);
    }

    pub(crate) fn is_slow(&self, of_a_thousand: u64, latency: Duration) {
        self.slow.store(of_a_thousand, Relaxed);
        self.slow_latency.store(latency.as_micros() as u64, Relaxed);
    }

    pub(crate) fn is_well(&self) {
        self.state.store(0, Relaxed);
        self.let_go.notify_waiters();
    }

    pub(crate) fn hangs(&self) {
        self.state.store(1, Relaxed);
    }

    pub(crate) fn is_dead(&self) {
        self.state.store(2, Relaxed);
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }
}

/// A running source.
pub(crate) struct Source {
    pub(crate) name: SourceName,
    pub(crate) base: String,
    pub(crate) behaviour: Arc<Behaviour>,
}

/// Answers of one source by resource type, with marks where patient and address go.
struct Answers(Vec<(String, String)>);

struct Desk {
    behaviour: Arc<Behaviour>,
    answers: Answers,
}

/// Starts the three clinical sources with `resources` of each patient, shared out as the nation
/// does it; those after the first `recent` are results and drugs of years ago.
pub(crate) fn start(resources: usize, recent: usize) -> Vec<Source> {
    let today = SystemClock.now().japanese_day();
    let bundle: Value = serde_json::from_slice(&bundle(today, resources, recent)).unwrap();
    let entries = bundle["entry"].as_array().unwrap();
    SourceName::CLINICAL
        .into_iter()
        .map(|name| one(name, Answers::of(name, entries)))
        .collect()
}

fn one(name: SourceName, answers: Answers) -> Source {
    let behaviour = Arc::new(Behaviour::default());
    let desk = web::Data::new(Desk {
        behaviour: Arc::clone(&behaviour),
        answers,
    });
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/fhir", listener.local_addr().unwrap());
    let server = std::thread::Builder::new().spawn(move || {
        let server = HttpServer::new(move || {
            App::new()
                .app_data(desk.clone())
                .default_service(web::to(answer))
        })
        .workers(1)
        .backlog(8_192)
        .max_connections(50_000)
        .keep_alive(Duration::from_mins(2))
        .disable_signals();
        actix_web::rt::System::new().block_on(server.listen(listener).unwrap().run())
    });
    // It serves until this process ends.
    drop(server.unwrap());
    Source {
        name,
        base,
        behaviour,
    }
}

async fn answer(request: HttpRequest, body: web::Bytes, desk: web::Data<Desk>) -> HttpResponse {
    let behaviour = &desk.behaviour;
    let nth = behaviour.requests.fetch_add(1, Relaxed);
    match behaviour.state.load(Relaxed) {
        1 => {
            behaviour.let_go.notified().await;
            return HttpResponse::ServiceUnavailable().finish();
        }
        2 => return HttpResponse::ServiceUnavailable().finish(),
        _ => {}
    }
    // Evenly among the others: a prime, so that it meets every search in turn.
    let is_slow = nth.wrapping_mul(7_919) % 1_000 < behaviour.slow.load(Relaxed);
    let latency = if is_slow {
        &behaviour.slow_latency
    } else {
        &behaviour.latency
    };
    let latency = latency.load(Relaxed);
    if latency > 0 {
        tokio::time::sleep(Duration::from_micros(latency)).await;
    }
    let said = String::from_utf8_lossy(&body);
    let asked = if said.is_empty() {
        request.query_string()
    } else {
        &said
    };
    let kind = request.path().split('/').nth(2).unwrap_or_default();
    let Some((number, template)) = number(asked).zip(desk.answers.about(kind)) else {
        return HttpResponse::BadRequest().finish();
    };
    let link = format!("{}?{asked}", request.path().trim_end_matches("/_search"));
    HttpResponse::Ok()
        .content_type("application/fhir+json")
        .body(template.replace(NUMBER, number).replace(LINK, &link))
}

/// The patient's seven digits: in an identifier behind the symbol, else in the id.
fn number(asked: &str) -> Option<&str> {
    let (_, behind) = asked
        .split_once("patient=p")
        .or_else(|| asked.split_once(&*IN_IDENTIFIER))?;
    behind
        .get(..7)
        .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Answers {
    fn of(source: SourceName, entries: &[Value]) -> Self {
        let kinds: &[&str] = match source {
            SourceName::Identity => &[],
            SourceName::Emr => &[
                "AllergyIntolerance",
                "Condition",
                "Observation",
                "Composition",
                "DocumentReference",
                "MedicationRequest",
                "List",
            ],
            SourceName::Eprescription => &["MedicationRequest", "MedicationDispense"],
            SourceName::Claims => &[
                "MedicationDispense",
                "MedicationStatement",
                "Procedure",
                "Encounter",
                "DocumentReference",
            ],
        };
        let is_given_here = |kind: &str| {
            kinds.contains(&kind) && !(source == SourceName::Emr && kind == "MedicationRequest")
        };
        let mut answers = vec![("Patient".to_owned(), bundle_of(&[patient()]))];
        for kind in kinds {
            let own: Vec<Value> = entries
                .iter()
                .filter(|entry| entry["resource"]["resourceType"] == **kind && is_given_here(kind))
                .cloned()
                .collect();
            answers.push(((*kind).to_owned(), bundle_of(&own)));
        }
        Self(answers)
    }

    fn about(&self, kind: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == kind)
            .map(|(_, text)| text.as_str())
    }
}

fn patient() -> Value {
    serde_json::json!({"resource": {
        "resourceType": "Patient", "id": format!("p{NUMBER}"), "birthDate": "1950-04-01",
        "gender": "female", "name": [{"text": format!("試験 T{NUMBER}X")}],
        "identifier": [{
            "system": MEMBER_NUMBER_SYSTEM, "value": ward::member_number(NUMBER).value(),
        }],
    }})
}

/// Everything in it is this patient's, and the drugs say whose.
fn bundle_of(entries: &[Value]) -> String {
    let text = serde_json::json!({
        "resourceType": "Bundle", "type": "searchset",
        "link": [{"relation": "self", "url": LINK}], "entry": entries,
    })
    .to_string();
    text.replace("Patient/p\"", &format!("Patient/p{NUMBER}\""))
        .replace("錠5mg", &format!("錠5mg T{NUMBER}X"))
}
