//! How a source is reached: over HTTP/2 where it offers it, as who this installation is to it, with
//! a token that it takes.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::Version, web};
use emergency_summary::{
    domain::{
        access::Person,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
        section::SourceName,
    },
    sources::{Endpoint, Error, Limits, Oauth, Proof, Settings, Sources, Tls},
    system::SystemClock,
};
use rustls::{RootCertStore, server::WebPkiClientVerifier};
use serde_json::json;
use tokio::time::Instant;

use crate::races::until;

/// Generous, so that a busy machine does not decide a test.
const LONG: Duration = Duration::from_secs(20);

/// What the server has seen of each request: its target, version and authorisation.
type Seen = Arc<Mutex<Vec<(String, Version, String)>>>;

/// A FHIR server that knows nobody, and a token endpoint, behind TLS.
struct Server {
    base: String,
    seen: Seen,
    handle: actix_web::dev::ServerHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn answer(request: HttpRequest, body: String, seen: web::Data<Seen>) -> HttpResponse {
    let shown = request.headers().get("authorization");
    let shown = shown.map_or("", |shown| shown.to_str().expect("text"));
    seen.lock().expect("a list").push((
        request.path().to_owned(),
        request.version(),
        shown.to_owned(),
    ));
    match request.path() {
        "/token" => {
            let token = json!({"access_token": "abc", "token_type": "bearer", "expires_in": 600});
            HttpResponse::Ok().json(token)
        }
        "/fhir/Patient/_search" => HttpResponse::Ok().json(json!({
            "resourceType": "Bundle", "type": "searchset",
            "link": [{"relation": "self", "url": format!("Patient?{body}")}],
        })),
        _ => HttpResponse::NotFound().finish(),
    }
}

/// A certificate for localhost and its key, as PEM; and as the server needs it.
struct Made {
    pem: String,
    key_pem: String,
    der: rustls::pki_types::CertificateDer<'static>,
    key: rustls::pki_types::PrivateKeyDer<'static>,
}

fn made() -> Made {
    let signed =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = signed.signing_key.serialize_der();
    Made {
        pem: signed.cert.pem(),
        key_pem: signed.signing_key.serialize_pem(),
        der: signed.cert.der().clone(),
        key: rustls::pki_types::PrivateKeyDer::try_from(key).expect("a key"),
    }
}

/// Starts a server with this certificate, for clients with that one only where one is named.
fn start(own: &Made, client: Option<&Made>) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions");
    let config = match client {
        None => config.with_no_client_auth(),
        Some(client) => {
            let mut roots = RootCertStore::empty();
            roots.add(client.der.clone()).expect("an authority");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .expect("a verifier");
            config.with_client_cert_verifier(verifier)
        }
    };
    let config = config
        .with_single_cert(vec![own.der.clone()], own.key.clone_key())
        .expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen = Seen::default();
    let data = web::Data::new(Arc::clone(&seen));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .default_service(web::to(answer))
    })
    .workers(1)
    .disable_signals()
    .listen_rustls_0_23(listener, config)
    .expect("it listens")
    .run();
    let handle = server.handle();
    drop(tokio::task::spawn_local(server));
    Server {
        base: format!("https://localhost:{port}/fhir"),
        seen,
        handle,
    }
}

fn sources(endpoint: Endpoint) -> Sources {
    let settings = Settings {
        endpoints: BTreeMap::from([(SourceName::Emr, endpoint)]),
        answer: LONG,
        bytes: 100_000,
        resources: 100,
    };
    Sources::new(settings, Arc::new(SystemClock)).expect("sources")
}

/// Asks about somebody whom the server does not know.
async fn ask(sources: &Sources) -> Result<Option<String>, Error> {
    let person = Person {
        number: MemberNumber::parse("00012345:ア:187:05").expect("a number"),
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        patient: None,
    };
    let answer = sources.fetch(SourceName::Emr, &person, Instant::now() + LONG);
    answer.await.map(|fetched| fetched.subject)
}

fn trusting(own: &Made, server: &Server) -> Endpoint {
    Endpoint {
        base: server.base.clone(),
        tls: Tls {
            authorities: Some(own.pem.clone()),
            identity: None,
        },
        ..Endpoint::default()
    }
}

#[actix_web::test]
async fn a_source_that_offers_http2_is_asked_over_it_and_only_its_own_authority_is_believed() {
    let own = made();
    let server = start(&own, None);
    assert_eq!(
        ask(&sources(trusting(&own, &server))).await,
        Ok(None),
        "nobody"
    );
    let seen = server.seen.lock().expect("a list").clone();
    assert!(!seen.is_empty());
    for (path, version, _) in seen {
        assert_eq!(version, Version::HTTP_2, "{path}");
    }
    for authorities in [None, Some(made().pem)] {
        let mut endpoint = trusting(&own, &server);
        endpoint.tls.authorities = authorities;
        assert_eq!(ask(&sources(endpoint)).await, Err(Error::Down));
    }
}

#[actix_web::test]
async fn a_source_that_wants_a_client_certificate_is_shown_this_installations_own() {
    let (own, ours) = (made(), made());
    let server = start(&own, Some(&ours));
    let endpoint = trusting(&own, &server);
    assert_eq!(ask(&sources(endpoint.clone())).await, Err(Error::Down));
    let stranger = made();
    for (identity, answer) in [(&stranger, Err(Error::Down)), (&ours, Ok(None))] {
        let mut endpoint = endpoint.clone();
        let pem = format!("{}{}", identity.pem, identity.key_pem);
        endpoint.tls.identity = Some(pem.into());
        assert_eq!(ask(&sources(endpoint)).await, answer);
    }
}

#[actix_web::test]
async fn connections_and_token_are_there_before_the_first_patient() {
    let own = made();
    let server = start(&own, None);
    let mut endpoint = trusting(&own, &server);
    endpoint.oauth = Some(Oauth {
        token_url: server.base.replace("/fhir", "/token"),
        client_id: "hospital".to_owned(),
        scope: None,
        proof: Proof::Secret("s3cret".to_owned().into()),
    });
    endpoint.limits = Limits {
        warm: Some(Duration::from_mins(1)),
        ..Limits::default()
    };
    let sources = sources(endpoint);
    let seen = Arc::clone(&server.seen);
    let paths = move || {
        let seen = seen.lock().expect("a list");
        seen.iter()
            .map(|(path, ..)| path.clone())
            .collect::<Vec<_>>()
    };
    // Over HTTP/2 one connection of each client is enough.
    tokio::select! {
        () = sources.tend() => unreachable!("it is dropped"),
        () = until("it is warm", || paths().len() >= 3) => {}
    }
    assert_eq!(paths(), ["/token", "/fhir/metadata", "/fhir/metadata"]);
    for _ in 0..3 {
        assert_eq!(ask(&sources).await, Ok(None));
    }
    let seen = server.seen.lock().expect("a list").clone();
    assert_eq!(seen[0].2, "Basic aG9zcGl0YWw6czNjcmV0");
    for (path, _, shown) in &seen[1..] {
        let expected = if path == "/fhir/metadata" {
            ""
        } else {
            "Bearer abc"
        };
        assert_eq!(shown, expected, "{path}");
    }
    let tokens = seen.iter().filter(|(path, ..)| path == "/token").count();
    assert_eq!(tokens, 1);
}
