//! A browser as a test needs it: cookies, forms, no redirects followed in silence.

use std::{cell::RefCell, collections::BTreeMap, net::SocketAddr};

use reqwest::{Method, StatusCode};
use scraper::{Html, Selector};

const FORM: &str = "application/x-www-form-urlencoded";

/// One browser with its own cookies.
pub(crate) struct Browser {
    client: reqwest::Client,
    base: RefCell<String>,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What came back.
pub(crate) struct Page {
    /// Status.
    pub status: StatusCode,
    /// HTTP's version.
    pub version: reqwest::Version,
    /// `Location`, where redirected.
    pub location: Option<String>,
    /// All headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body.
    pub body: String,
}

impl Browser {
    /// A browser that was never here before.
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self::with(client(), format!("http://{address}"))
    }

    /// A browser with its own way to reach a service.
    pub(crate) fn with(client: reqwest::Client, base: String) -> Self {
        Self {
            client,
            base: RefCell::new(base),
            cookies: RefCell::default(),
        }
    }

    /// The service is somewhere else now.
    pub(crate) fn moved_to(&self, address: SocketAddr) {
        *self.base.borrow_mut() = format!("http://{address}");
    }

    /// Follows nothing.
    pub(crate) async fn get(&self, path: &str) -> Page {
        self.send(Method::GET, path, None, &[]).await
    }

    /// A form as a browser sends it from a page of the same origin.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = Some((FORM, form(fields).into_bytes()));
        self.send(Method::POST, path, body, &[]).await
    }

    /// As [`Self::get`]; `None` where the service is gone before the whole answer came.
    pub(crate) async fn try_get(&self, path: &str) -> Option<Page> {
        self.try_send(Method::GET, path, None, &[]).await.ok()
    }

    /// As [`Self::post`]; `None` where the service is gone before the whole answer came.
    pub(crate) async fn try_post(&self, path: &str, fields: &[(&str, &str)]) -> Option<Page> {
        let body = Some((FORM, form(fields).into_bytes()));
        self.try_send(Method::POST, path, body, &[]).await.ok()
    }

    /// Anything, with any headers.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        headers: &[(&str, &str)],
    ) -> Page {
        self.try_send(method, path, body, headers)
            .await
            .expect("an answer")
    }

    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        headers: &[(&str, &str)],
    ) -> reqwest::Result<Page> {
        let cookies = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base.borrow()))
            .header("cookie", cookies);
        if !headers.iter().any(|(name, _)| *name == "sec-fetch-site") {
            request = request.header("sec-fetch-site", "same-origin");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some((kind, bytes)) = body {
            request = request.header("content-type", kind).body(bytes);
        }
        let response = request.send().await?;
        let headers = response.headers().clone();
        for cookie in headers.get_all("set-cookie") {
            self.keep(cookie.to_str().expect("ASCII"));
        }
        Ok(Page {
            status: response.status(),
            version: response.version(),
            location: headers
                .get("location")
                .map(|location| location.to_str().expect("ASCII").to_owned()),
            body: response.text().await?,
            headers,
        })
    }

    /// The cookies as they are now.
    pub(crate) fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.borrow().clone()
    }

    /// Sets a cookie by hand.
    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies
            .borrow_mut()
            .insert(name.to_owned(), value.to_owned());
    }

    fn keep(&self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').expect("a pair");
        let mut cookies = self.cookies.borrow_mut();
        if value.is_empty() || attributes.to_lowercase().contains("max-age=0") {
            cookies.remove(name);
        } else {
            cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Page {
    /// Asserts the status and shows the page where it is another one.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// Every hidden and prefilled control of a form, by the form's id.
    #[track_caller]
    pub(crate) fn form(&self, id: &str) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.body);
        let controls =
            Selector::parse(&format!("form#{id} input, form#{id} textarea")).expect("a selector");
        let fields: Vec<_> = html
            .select(&controls)
            .filter_map(|input| {
                let kind = input.attr("type").unwrap_or("text");
                if kind == "submit" {
                    return None;
                }
                let value = match input.value().name() {
                    "textarea" => input.text().collect(),
                    _ => input.attr("value").unwrap_or_default().to_owned(),
                };
                Some((input.attr("name")?.to_owned(), value))
            })
            .collect();
        assert!(!fields.is_empty(), "no form {id} in\n{}", self.body);
        fields
    }

    /// The text of every element that a selector finds.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        Html::parse_document(&self.body)
            .select(&Selector::parse(selector).expect("a selector"))
            .map(|element| {
                element
                    .text()
                    .collect::<String>()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    /// An attribute of every element that a selector finds.
    pub(crate) fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        Html::parse_document(&self.body)
            .select(&Selector::parse(selector).expect("a selector"))
            .filter_map(|element| element.attr(attribute).map(str::to_owned))
            .collect()
    }
}

/// A client that follows nothing and trusts nothing but what it is told.
pub(crate) fn client() -> reqwest::Client {
    builder().build().expect("a client")
}

/// The same, to be told more.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    static PROVIDER: std::sync::Once = std::sync::Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    #[expect(clippy::disallowed_methods, reason = "a test's own browser")]
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        // Each request has a connection of its own: where a test moves the clock on, the server's
        // patience with an idle one is over at any moment.
        .pool_max_idle_per_host(0)
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect::<String>()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect::<Vec<_>>()
        .join("&")
}
