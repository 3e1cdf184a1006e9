//! For tests: a FHIR server on a loopback port that says what a test wants, however wrong.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::domain::{
    access::Person,
    clock::{Clock, Moment},
    date::Date,
    patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, Patient, Sex},
};

/// A request as it came.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Request {
    /// The resource type asked for.
    pub(crate) fn kind(&self) -> &str {
        self.target
            .trim_start_matches("/fhir/")
            .split(['?', '/'])
            .next()
            .unwrap_or_default()
    }

    pub(crate) fn is_search_for_patient(&self) -> bool {
        self.method == "POST" && self.target == "/fhir/Patient/_search"
    }
}

/// What the server does.
pub(crate) enum Reply {
    Json(Value),
    Raw {
        status: u16,
        kind: &'static str,
        body: Vec<u8>,
        /// Bytes promised in `Content-Length`, where not those sent.
        promised: Option<usize>,
        header: &'static str,
    },
    Hang,
    /// Closes the connection without a word.
    Close,
}

impl Reply {
    pub(crate) fn status(status: u16, kind: &'static str, body: &str) -> Self {
        Self::Raw {
            status,
            kind,
            body: body.as_bytes().to_vec(),
            promised: None,
            header: "",
        }
    }
}

/// A running server; it ends with the test process.
pub(crate) struct Server {
    pub(crate) base: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/fhir", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let lines = Arc::clone(&log);
        thread("canned", move || {
            for stream in listener.incoming().flatten() {
                let answer = Arc::clone(&answer);
                let lines = Arc::clone(&lines);
                thread("canned connection", move || serve(stream, &*answer, &lines));
            }
        });
        Self { base, log }
    }

    /// `METHOD target body` of every request so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) {
    drop(
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .unwrap(),
    );
}

fn serve(stream: TcpStream, answer: &dyn Fn(&Request) -> Reply, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        log.lock().unwrap().push(format!(
            "{} {} {}",
            request.method, request.target, request.body
        ));
        let (status, kind, body, promised, header) = match answer(&request) {
            Reply::Json(value) => (
                200,
                "application/fhir+json",
                value.to_string().into_bytes(),
                None,
                "",
            ),
            Reply::Raw {
                status,
                kind,
                body,
                promised,
                header,
            } => (status, kind, body, promised, header),
            Reply::Hang => loop {
                std::thread::park();
            },
            Reply::Close => return,
        };
        let length = promised.unwrap_or(body.len());
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{header}Content-Length: {length}\r\n\r\n"
        );
        let sent = writer
            .write_all(head.as_bytes())
            .and_then(|()| writer.write_all(&body));
        if sent.is_err() || promised.is_some() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length:")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0_usize);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut first = head.lines().next()?.split(' ');
    Some(Request {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        body: String::from_utf8(body).ok()?,
        head,
    })
}

/// A search's answer.
pub(crate) fn bundle(self_link: Option<&str>, next: Option<&str>, resources: &[Value]) -> Value {
    let mut links = Vec::new();
    for (relation, url) in [("self", self_link), ("next", next)] {
        if let Some(url) = url {
            links.push(json!({"relation": relation, "url": url}));
        }
    }
    let entries: Vec<Value> = resources
        .iter()
        .map(|resource| json!({"resource": resource, "search": {"mode": "match"}}))
        .collect();
    json!({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries})
}

pub(crate) const NUMBER: &str = "00012345:ア:187:05";

/// The patient of the canned server.
pub(crate) fn patient(id: &str, number: &str, born: &str) -> Value {
    json!({
        "resourceType": "Patient", "id": id, "gender": "male", "birthDate": born,
        "identifier": [{"system": MEMBER_NUMBER_SYSTEM, "value": number}],
        "name": [{"text": "山田 太郎"}],
    })
}

/// A resource about `Patient/{about}`.
pub(crate) fn clinical(kind: &str, id: &str, about: &str) -> Value {
    let subject = json!({"reference": format!("Patient/{about}")});
    let name = if kind == "AllergyIntolerance" {
        "patient"
    } else {
        "subject"
    };
    json!({"resourceType": kind, "id": id, name: subject, "code": {"text": "試験"},
        "status": "final"})
}

/// What a good server answers: patient `p1` with one allergy and two observations.
pub(crate) fn good(request: &Request) -> Reply {
    let resources = if request.is_search_for_patient() {
        let asked = format!("{MEMBER_NUMBER_SYSTEM}|{NUMBER}");
        let form = reqwest::Url::parse(&format!("http://x/?{}", request.body)).unwrap();
        let household = format!("{MEMBER_NUMBER_SYSTEM}|00012345:ア:187:");
        let hit = form.query_pairs().any(|(name, value)| {
            name == "birthdate" || name == "identifier" && (value == asked || value == household)
        });
        let link = format!("Patient?{}", request.body);
        let found = if hit {
            vec![patient("p1", NUMBER, "1960-04-01")]
        } else {
            vec![]
        };
        return Reply::Json(bundle(Some(&link), None, &found));
    } else {
        match request.kind() {
            "AllergyIntolerance" => vec![clinical("AllergyIntolerance", "a1", "p1")],
            "Observation" => vec![
                clinical("Observation", "o1", "p1"),
                clinical("Observation", "o2", "p1"),
            ],
            _ => vec![],
        }
    };
    let link = request.target.trim_start_matches("/fhir/");
    Reply::Json(bundle(Some(link), None, &resources))
}

/// The person of the canned server.
pub(crate) fn person() -> Person {
    Person {
        number: MemberNumber::parse(NUMBER).unwrap(),
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        patient: Some(Patient {
            name: Some("山田 太郎".to_owned()),
            sex: Some(Sex::Male),
            birth_date: Date::parse("1960-04-01"),
            ..Patient::default()
        }),
    }
}

/// A clock that a test moves.
pub(crate) struct Hands(Mutex<Moment>);

impl Hands {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Moment {
            wall: DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap(),
            since_boot: std::time::Duration::from_secs(1_000_000),
        })))
    }

    pub(crate) fn forward(&self, by: std::time::Duration) {
        let mut now = self.0.lock().unwrap();
        now.wall += by;
        now.since_boot += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}
