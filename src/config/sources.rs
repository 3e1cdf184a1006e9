//! `[sources]`: where the shared records are, how they are asked, and what each may cost.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{Problem, is_open_way, private_text, read_token};
use crate::{
    domain::section::SourceName,
    sources::{Endpoint, Limits, Oauth, Proof, Tls},
};

/// One source.
#[derive(Clone, Debug, Deserialize)]
pub struct Source {
    /// Base URL of a FHIR R4 server, or `file://FOLDER` of Bundles.
    pub base: String,
    /// File with a bearer token.
    pub token_file: Option<PathBuf>,
    /// Where tokens come from, in place of a file.
    pub oauth: Option<OauthPart>,
    /// PEM file with the client certificate's chain, where the source wants one.
    pub certificate: Option<PathBuf>,
    /// PEM file with its private key.
    pub certificate_key: Option<PathBuf>,
    /// PEM file with the authorities that may vouch for the source, in place of the machine's own.
    pub authorities: Option<PathBuf>,
    /// What it may cost, and when it is left alone.
    #[serde(default)]
    pub limits: LimitsPart,
}

/// OAuth 2 client credentials.
#[derive(Clone, Debug, Deserialize)]
pub struct OauthPart {
    /// The token endpoint.
    pub token_url: String,
    /// The name under which this installation is registered there.
    pub client_id: String,
    /// What is asked for.
    pub scope: Option<String>,
    /// PEM file (PKCS #8) of the key that signs assertions: P-384 or RSA.
    pub key_file: Option<PathBuf>,
    /// The key's `kid`.
    pub key_id: Option<String>,
    /// File with a shared secret, in place of a key.
    pub secret_file: Option<PathBuf>,
}

/// The limits of one source (defaults: the product's).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct LimitsPart {
    /// Answers fetched at once.
    pub at_once: usize,
    /// How long an answer waits for its turn.
    pub wait_ms: u64,
    /// Failures in a row after which the source is left alone.
    pub failures: u32,
    /// The share of failures that counts as much; 101: never.
    pub failure_percent: u32,
    /// How long it is left alone at first.
    pub pause_ms: u64,
    /// How long it is left alone at most.
    pub longest_pause_ms: u64,
    /// Whether late requests are sent a second time.
    pub hedging: bool,
    /// How often connections are kept warm, in seconds; 0: never.
    pub warm_s: u64,
}

impl Default for LimitsPart {
    fn default() -> Self {
        let limits = Limits::default();
        let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self {
            at_once: limits.at_once,
            wait_ms: ms(limits.wait),
            failures: limits.failures,
            failure_percent: limits.failure_percent,
            pause_ms: ms(limits.pause),
            longest_pause_ms: ms(limits.longest_pause),
            hedging: limits.hedging,
            warm_s: limits.warm.map_or(0, |warm| warm.as_secs()),
        }
    }
}

impl LimitsPart {
    fn problems(self) -> Vec<&'static str> {
        const DAY_MS: u64 = 86_400_000;
        [
            (
                self.at_once == 0 || self.at_once > 10_000,
                "limits.at_once must be from 1 to 10000",
            ),
            (self.wait_ms > 10_000, "limits.wait_ms must be at most 10000"),
            (self.failures == 0, "limits.failures must be above 0"),
            (
                self.failure_percent == 0 || self.failure_percent > 101,
                "limits.failure_percent must be from 1 to 100, or 101 for never",
            ),
            (
                self.pause_ms == 0
                    || self.pause_ms > self.longest_pause_ms
                    || self.longest_pause_ms > DAY_MS,
                "limits: pause_ms must be above 0 and not above longest_pause_ms, both within a day",
            ),
            (self.warm_s > 86_400, "limits.warm_s must be within a day"),
        ]
        .into_iter()
        .filter_map(|(is_wrong, said)| is_wrong.then_some(said))
        .collect()
    }

    fn limits(self) -> Limits {
        Limits {
            at_once: self.at_once,
            wait: Duration::from_millis(self.wait_ms),
            failures: self.failures,
            failure_percent: self.failure_percent,
            pause: Duration::from_millis(self.pause_ms),
            longest_pause: Duration::from_millis(self.longest_pause_ms),
            hedging: self.hedging,
            warm: Some(self.warm_s)
                .filter(|warm| *warm > 0)
                .map(Duration::from_secs),
        }
    }
}

impl Source {
    /// Everything that is wrong with the values.
    pub(super) fn problems(&self, name: SourceName) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say =
            |text: String| problems.push(Problem(format!("sources.{}: {text}", name.word())));
        if !["http://", "https://", "file://"]
            .iter()
            .any(|scheme| self.base.starts_with(scheme))
        {
            say("base must begin with http://, https:// or file://".to_owned());
        }
        if is_open_way(&self.base) {
            say("https:// is needed where the source is not on this machine".to_owned());
        }
        for file in self.files() {
            if !file.is_file() {
                say(format!("{} is no file", file.display()));
            }
        }
        if self.certificate.is_some() != self.certificate_key.is_some() {
            say("certificate and certificate_key go together".to_owned());
        }
        if self.token_file.is_some() && self.oauth.is_some() {
            say("token_file or oauth, not both".to_owned());
        }
        if let Some(oauth) = &self.oauth {
            oauth.problems().into_iter().for_each(&mut say);
        }
        for problem in self.limits.problems() {
            say(problem.to_owned());
        }
        problems
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        let oauth = self.oauth.as_ref();
        [
            self.token_file.as_ref(),
            self.certificate.as_ref(),
            self.certificate_key.as_ref(),
            self.authorities.as_ref(),
            oauth.and_then(|oauth| oauth.key_file.as_ref()),
            oauth.and_then(|oauth| oauth.secret_file.as_ref()),
        ]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
    }

    /// What the source is reached by: the files are read.
    ///
    /// # Errors
    /// In words, without the content, where one cannot be read.
    pub fn endpoint(&self) -> Result<Endpoint, String> {
        let token = self.token_file.as_deref().map(read_token).transpose()?;
        let oauth = self.oauth.as_ref().map(OauthPart::oauth).transpose()?;
        let identity = match (&self.certificate, &self.certificate_key) {
            (Some(certificate), Some(key)) => {
                let key = SecretString::from(private_text(key)?);
                let both = format!("{}\n{}", text(certificate)?, key.expose_secret());
                Some(both.into())
            }
            (_, _) => None,
        };
        let authorities = self.authorities.as_deref().map(text).transpose()?;
        Ok(Endpoint {
            base: self.base.trim_end_matches('/').to_owned(),
            token,
            oauth,
            tls: Tls {
                identity,
                authorities,
            },
            limits: self.limits.limits(),
        })
    }
}

impl OauthPart {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.token_url.starts_with("http://") && !self.token_url.starts_with("https://") {
            problems.push("oauth.token_url must begin with http:// or https://".to_owned());
        }
        if is_open_way(&self.token_url) {
            problems.push(
                "oauth.token_url: https:// is needed where it is not on this machine".to_owned(),
            );
        }
        if self.client_id.trim().is_empty() {
            problems.push("oauth.client_id is empty".to_owned());
        }
        if self.key_file.is_some() == self.secret_file.is_some() {
            problems.push("oauth: one of key_file and secret_file".to_owned());
        }
        problems
    }

    fn oauth(&self) -> Result<Oauth, String> {
        let secret = |file: &Path| private_text(file).map(|text| text.trim().to_owned().into());
        let proof = match (&self.key_file, &self.secret_file) {
            (Some(file), None) => Proof::Key {
                pem: private_text(file)?.into(),
                id: self.key_id.clone(),
            },
            (None, Some(file)) => Proof::Secret(secret(file)?),
            (_, _) => return Err("oauth: one of key_file and secret_file".to_owned()),
        };
        Ok(Oauth {
            token_url: self.token_url.clone(),
            client_id: self.client_id.clone(),
            scope: self.scope.clone(),
            proof,
        })
    }
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        toml::from_str(text).unwrap()
    }

    fn said(text: &str) -> Vec<String> {
        let problems = source(text).problems(SourceName::Emr);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_written_is_the_default() {
        let source = source("base = \"https://emr.example/fhir/\"");
        assert!(source.problems(SourceName::Emr).is_empty());
        let endpoint = source.endpoint().unwrap();
        assert_eq!(endpoint.base, "https://emr.example/fhir");
        assert_eq!(endpoint.limits, Limits::default());
        assert!(endpoint.token.is_none() && endpoint.oauth.is_none());
    }

    #[test]
    fn what_is_wrong_with_a_source_is_said_all_at_once() {
        for (text, beginnings) in [
            (
                "base = \"https://e/\"\ncertificate = \"/nowhere\"",
                vec![
                    "sources.emr: /nowhere is no file",
                    "sources.emr: certificate and certificate_key",
                ],
            ),
            (
                "base = \"https://e/\"\n[oauth]\ntoken_url = \"http://t.example/\"\nclient_id = \" \"",
                vec![
                    "sources.emr: oauth.token_url: https://",
                    "sources.emr: oauth.client_id",
                    "sources.emr: oauth: one of",
                ],
            ),
            (
                "base = \"https://e/\"\n[limits]\nat_once = 0\nfailures = 0\nfailure_percent = 0\n\
                 pause_ms = 20000\nwarm_s = 100000\nwait_ms = 60000",
                vec![
                    "sources.emr: limits.at_once",
                    "sources.emr: limits.wait_ms",
                    "sources.emr: limits.failures",
                    "sources.emr: limits.failure_percent",
                    "sources.emr: limits: pause_ms",
                    "sources.emr: limits.warm_s",
                ],
            ),
        ] {
            let said = said(text);
            assert_eq!(said.len(), beginnings.len(), "{said:?}");
            for (line, beginning) in said.iter().zip(beginnings) {
                assert!(line.starts_with(beginning), "{line}");
            }
        }
    }

    #[test]
    fn limits_that_are_written_are_taken_and_the_others_stay() {
        let source = source("base = \"https://e/\"\n[limits]\nat_once = 8\nwarm_s = 0");
        let limits = source.endpoint().unwrap().limits;
        assert_eq!((limits.at_once, limits.warm), (8, None));
        assert_eq!(limits.failures, Limits::default().failures);
    }

    #[test]
    fn a_secret_that_others_can_read_is_not_taken() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "s3cret\n").unwrap();
        let text = format!(
            "base = \"https://e/\"\n[oauth]\ntoken_url = \"https://t/\"\nclient_id = \"me\"\n\
             secret_file = {file:?}"
        );
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&file, mode(0o644)).unwrap();
        assert!(source(&text).endpoint().unwrap_err().contains("chmod 600"));
        std::fs::set_permissions(&file, mode(0o600)).unwrap();
        let oauth = source(&text).endpoint().unwrap().oauth.unwrap();
        assert!(!format!("{oauth:?}").contains("s3cret"));
        let Proof::Secret(secret) = oauth.proof else {
            panic!("a secret")
        };
        assert_eq!(secret.expose_secret(), "s3cret");
    }
}
