//! Tokens of a token endpoint.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use ring::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use secrecy::SecretString;

use super::*;
use crate::sources::{
    Oauth, Proof,
    assertion::tests::{es384, opened},
    connection::{Clients, Tls},
    token::Tokens,
};

/// What a token endpoint answers: the given one, or token number n, good for 300 s.
type Answers = Arc<Mutex<Option<Reply>>>;

/// A source that takes only the newest token of its own token endpoint.
struct Guarded {
    server: Server,
    /// What the token endpoint says next in place of a token.
    instead: Answers,
    /// Tokens given.
    given: Arc<AtomicUsize>,
}

impl Guarded {
    fn start() -> Self {
        let instead = Answers::default();
        let given = Arc::new(AtomicUsize::new(0));
        let (answers, count) = (Arc::clone(&instead), Arc::clone(&given));
        let server = Server::start(move |request| {
            if request.target == "/fhir/token" {
                if let Some(reply) = answers.lock().unwrap().take() {
                    return reply;
                }
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                return Reply::Json(json!({"access_token": format!("token-{number}"),
                    "token_type": "Bearer", "expires_in": 300}));
            }
            let newest = format!("bearer token-{}\r\n", count.load(Ordering::SeqCst));
            if request.head.to_lowercase().contains(&newest) {
                good(request)
            } else {
                Reply::status(401, "text/plain", "x")
            }
        });
        Self {
            server,
            instead,
            given,
        }
    }

    fn says(&self, reply: Reply) {
        *self.instead.lock().unwrap() = Some(reply);
    }

    fn given(&self) -> usize {
        self.given.load(Ordering::SeqCst)
    }

    /// Bodies of the requests for a token.
    fn asked(&self) -> Vec<String> {
        let log = self.server.log();
        let asked = log.iter().filter_map(|line| {
            let body = line.strip_prefix("POST /fhir/token ")?;
            Some(body.to_owned())
        });
        asked.collect()
    }

    fn oauth(&self, proof: Proof) -> Oauth {
        Oauth {
            token_url: format!("{}/token", self.server.base),
            client_id: "hospital 1".to_owned(),
            scope: Some("system/*.rs".to_owned()),
            proof,
        }
    }

    fn sources(&self, clock: Arc<Hands>) -> Sources {
        let proof = Proof::Key {
            pem: es384().0,
            id: None,
        };
        let oauth = self.oauth(proof);
        let change = move |endpoint: &mut Endpoint| {
            endpoint.token = None;
            endpoint.oauth = Some(oauth.clone());
        };
        reached(&self.server.base, change, clock)
    }

    fn tokens(&self, clock: &Arc<Hands>) -> Tokens {
        let secret: SecretString = "s3cret".to_owned().into();
        let clients = Clients::new(false, &Tls::default()).unwrap();
        let oauth = self.oauth(Proof::Secret(secret));
        let clock = Arc::clone(clock);
        Tokens::new(SourceName::Emr, oauth, clients, clock).unwrap()
    }
}

async fn fetch_from(sources: &Sources) -> Result<Fetched, Error> {
    sources
        .fetch(SourceName::Emr, &person(), Instant::now() + LONG)
        .await
}

#[tokio::test]
async fn one_token_serves_every_request_until_its_end_and_one_request_fetches_the_next() {
    let guarded = Guarded::start();
    let clock = Hands::new();
    let sources = guarded.sources(Arc::clone(&clock));
    for tokens in 1..=3 {
        let answers = futures_util::future::join_all((0..3).map(|_| fetch_from(&sources)));
        for answer in answers.await {
            assert!(answer.unwrap().failed.is_empty());
        }
        assert_eq!(guarded.given(), tokens);
        clock.forward(Duration::from_mins(5));
    }
}

#[tokio::test]
async fn a_token_is_asked_for_with_a_signed_assertion_and_nothing_secret() {
    let guarded = Guarded::start();
    let (pem, public) = es384();
    let oauth = guarded.oauth(Proof::Key {
        pem,
        id: Some("k1".to_owned()),
    });
    let clients = Clients::new(false, &Tls::default()).unwrap();
    let tokens = Tokens::new(SourceName::Emr, oauth, clients, Hands::new()).unwrap();
    let header = tokens.header().await.unwrap();
    assert!(header.is_sensitive());
    assert!(!format!("{header:?} {tokens:?}").contains("token-1"));
    let asked = guarded.asked();
    let url = reqwest::Url::parse(&format!("http://x/?{}", asked[0])).unwrap();
    let form: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["scope"], "system/*.rs");
    assert_eq!(
        form["client_assertion_type"],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let (header, claims) = opened(&form["client_assertion"], |message, signature| {
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &public)
            .verify(message, signature)
            .is_ok()
    });
    assert_eq!(header["kid"], "k1");
    assert_eq!(claims["iss"], "hospital 1");
    assert_eq!(claims["aud"], format!("{}/token", guarded.server.base));
    assert_eq!(form.len(), 4);
}

#[tokio::test]
async fn a_token_is_fetched_ahead_of_its_end_and_a_dead_endpoint_costs_nothing_before_it() {
    let guarded = Guarded::start();
    let clock = Hands::new();
    let tokens = guarded.tokens(&clock);
    let shown = async || {
        let header = tokens.header().await?;
        Ok::<_, Error>(header.to_str().unwrap().to_owned())
    };
    tokens.refresh_ahead().await;
    assert_eq!(guarded.given(), 1, "before anybody asks");
    clock.forward(Duration::from_secs(230));
    tokens.refresh_ahead().await;
    assert_eq!(guarded.given(), 1, "not yet");
    clock.forward(Duration::from_secs(20));
    guarded.says(Reply::status(500, "text/plain", "x"));
    tokens.refresh_ahead().await;
    assert_eq!(shown().await.unwrap(), "Bearer token-1", "still good");
    tokens.refresh_ahead().await;
    assert_eq!(guarded.asked().len(), 2, "left alone for a moment");
    clock.forward(Duration::from_secs(3));
    tokens.refresh_ahead().await;
    assert_eq!(shown().await.unwrap(), "Bearer token-2");
    // At its end there is none, and why is said.
    clock.forward(Duration::from_mins(5));
    guarded.says(Reply::status(400, "application/json", "{}"));
    assert_eq!(shown().await.unwrap_err(), Error::Refused(400));
    assert_eq!(shown().await.unwrap_err(), Error::Refused(400));
    assert_eq!(guarded.asked().len(), 4, "not asked for each patient");
}

#[tokio::test]
async fn a_token_that_the_source_does_not_take_any_more_is_replaced() {
    let guarded = Guarded::start();
    let sources = guarded.sources(Hands::new());
    fetch_from(&sources).await.unwrap();
    // Another node has fetched one: the source forgets the first.
    guarded.given.fetch_add(1, Ordering::SeqCst);
    let fetched = fetch_from(&sources).await.unwrap();
    assert!(fetched.failed.is_empty(), "{:?}", fetched.failed);
    assert_eq!(guarded.given(), 3);
}

#[tokio::test]
async fn a_shared_secret_goes_into_a_header_and_what_is_no_token_is_garbled() {
    let guarded = Guarded::start();
    let clock = Hands::new();
    let tokens = guarded.tokens(&clock);
    for no_token in [
        json!({"access_token": "t"}),
        json!({"access_token": "t", "token_type": "mac"}),
        json!({"access_token": "line\nbreak", "token_type": "bearer"}),
    ] {
        guarded.says(Reply::Json(no_token));
        assert_eq!(tokens.header().await.unwrap_err(), Error::Garbled);
        clock.forward(Duration::from_secs(3));
    }
    guarded.says(Reply::status(200, "application/json", &" ".repeat(70_000)));
    assert_eq!(tokens.header().await.unwrap_err(), Error::TooLarge);
    clock.forward(Duration::from_secs(3));
    tokens.header().await.unwrap();
    for body in guarded.asked() {
        assert!(!body.contains("s3cret"), "{body}");
    }
}

#[tokio::test]
async fn a_source_that_takes_no_token_costs_its_endpoint_one_in_a_while() {
    let guarded = Guarded::start();
    let clock = Hands::new();
    let tokens = guarded.tokens(&clock);
    let first = tokens.header().await.unwrap();
    assert!(tokens.reject(&first), "there may be a better one");
    let second = tokens.header().await.unwrap();
    for _ in 0..100 {
        assert!(!tokens.reject(&second));
        assert_eq!(tokens.header().await.unwrap(), second);
    }
    assert_eq!(guarded.given(), 2);
    clock.forward(Duration::from_secs(11));
    assert!(tokens.reject(&second));
    tokens.header().await.unwrap();
    assert_eq!(guarded.given(), 3);
}
