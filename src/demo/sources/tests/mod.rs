//! The search protocol and every fault, by a real HTTP client.

use chrono::NaiveDate;
use reqwest::{Client, Response};
use serde_json::Value;

use super::{SimulatedSources, start};
use crate::demo::patients::{DemoPatient, demo_patients};
use crate::domain::section::SourceName;

mod misbehaviour;
mod protocol;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn client() -> Client {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests talk to the sources without the product's own client"
    )]
    let builder = Client::builder();
    // Whoever came first has installed the same provider.
    drop(rustls::crypto::ring::default_provider().install_default());
    builder.no_proxy().build().unwrap()
}

/// The sources and somebody who asks them.
struct Bed {
    sources: SimulatedSources,
    client: Client,
}

impl Bed {
    async fn new() -> Self {
        Self {
            sources: start(today()).await.unwrap(),
            client: client(),
        }
    }

    async fn try_get(&self, source: SourceName, path: &str) -> reqwest::Result<Response> {
        let url = format!("{}/{path}", self.sources.base(source));
        self.client.get(url).send().await
    }

    async fn get(&self, source: SourceName, path: &str) -> (u16, Value) {
        let response = self.try_get(source, path).await.unwrap();
        let status = response.status().as_u16();
        assert_eq!(response.headers()["content-type"], "application/fhir+json");
        let json = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        (status, json)
    }

    async fn find(&self, source: SourceName, form: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("{}/Patient/_search", self.sources.base(source));
        let response = self.client.post(url).form(form).send().await.unwrap();
        let status = response.status().as_u16();
        let json = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        (status, json)
    }

    async fn ids(&self, source: SourceName, form: &[(&str, &str)]) -> Vec<String> {
        ids(&self.find(source, form).await.1)
    }
}

fn ids(bundle: &Value) -> Vec<String> {
    bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned())
        .collect()
}

fn link<'a>(bundle: &'a Value, relation: &str) -> Option<&'a str> {
    bundle["link"]
        .as_array()?
        .iter()
        .find(|link| link["relation"] == relation)?["url"]
        .as_str()
}

fn patient(name: &str) -> DemoPatient {
    demo_patients(today())
        .into_iter()
        .find(|patient| patient.name == name)
        .unwrap()
}

fn identifier(patient: &DemoPatient) -> String {
    format!("{}|{}", patient.member_system(), patient.member_value())
}
