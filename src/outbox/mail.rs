//! Notices as mails: to a server of the house, which sends them on.

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::{ExposeSecret as _, SecretString};

use super::Answer;
use crate::domain::{notice::Notice, section::Language};

/// What every certificate in PEM begins with.
const MARK: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// How the way to the server is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// In clear at first, then TLS or nothing.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// In clear.
    None,
}

/// A name and password at the server.
#[derive(Clone)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: SecretString,
}

/// What it takes to send mail.
#[derive(Clone)]
pub struct MailSettings {
    /// The server's name, for which its certificate must be.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is secured.
    pub security: Security,
    /// PEM of the authorities that may vouch for it, in place of the machine's own.
    pub authorities: Option<Vec<u8>>,
    /// How this program names itself.
    pub node: String,
    /// At the server, where it wants it.
    pub login: Option<Login>,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
}

/// Mails to the same people by the same server.
#[derive(Clone)]
pub struct Mail {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mail {
    /// By what is configured.
    ///
    /// # Errors
    /// In words, where an address is none or a certificate cannot be used.
    pub fn new(settings: MailSettings) -> Result<Self, String> {
        let mailbox = |text: &String| -> Result<Mailbox, String> {
            text.parse().map_err(|_| format!("{text}: no mail address"))
        };
        let from = mailbox(&settings.from)?;
        let to = settings
            .to
            .iter()
            .map(mailbox)
            .collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err("to: at least one mail address".to_owned());
        }
        let tls = match settings.security {
            Security::None => Tls::None,
            Security::Starttls => Tls::Required(parameters(&settings)?),
            Security::Tls => Tls::Wrapper(parameters(&settings)?),
        };
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .hello_name(ClientId::Domain(settings.node))
            .tls(tls);
        if let Some(Login { user, password }) = settings.login {
            let password = password.expose_secret().to_owned();
            server = server.credentials(Credentials::new(user, password));
        }
        Ok(Self {
            server: server.build(),
            from,
            to,
        })
    }

    /// One try, with a connection of its own.
    pub(super) async fn send(&self, notice: &Notice) -> Answer {
        let Some(message) = self.message(notice) else {
            return Answer::Refused("it cannot be put into a mail".to_owned());
        };
        match self.server.send(message).await {
            Ok(_) => Answer::Taken,
            Err(error) => read(&error),
        }
    }

    /// The same bytes for the same notice; its key names the message, so that whoever gets it twice
    /// can leave one out.
    fn message(&self, notice: &Notice) -> Option<Message> {
        let domain = self.from.email.domain();
        let subject = format!(
            "[{}] {} / {}",
            notice.reference,
            notice.what.sentence(Language::Ja),
            notice.what.sentence(Language::En)
        );
        let body = format!(
            "{}\n\n{}\n",
            notice.text(Language::Ja),
            notice.text(Language::En)
        );
        let raw = |name: &'static str, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            .date(notice.at.into())
            .message_id(Some(format!("<{}@{domain}>", notice.key)))
            // RFC 3834: nobody's absence is answered to it.
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .raw_header(raw("Idempotency-Key", &notice.key))
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            message = message.to(to.clone());
        }
        message.body(body).ok()
    }
}

fn parameters(settings: &MailSettings) -> Result<TlsParameters, String> {
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.authorities {
        let authority = Certificate::from_pem(pem);
        let unreadable = || "authorities: not readable as PEM".to_owned();
        let authority = authority.map_err(|_| unreadable())?;
        // What holds none would vouch for nobody, and say so only when something is to be sent.
        if !pem.windows(MARK.len()).any(|bytes| bytes == MARK) {
            return Err(unreadable());
        }
        parameters = parameters
            .certificate_store(CertificateStore::None)
            .add_root_certificate(authority);
    }
    parameters.build_rustls().map_err(|error| error.to_string())
}

/// What went wrong, without a word of the server's own, which may name people.
fn read(error: &Error) -> Answer {
    if let Some(code) = error.status() {
        // Never final: a recipient who has left, a relay or a login that is not set up are mended
        // here, and meanwhile nothing may be lost.
        return Answer::NotNow(format!("it answers {code}"));
    }
    let said = if error.is_tls() {
        "TLS with it fails"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "nothing answers, or the connection broke off"
    };
    Answer::NotNow(said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        access::{FacilityId, NodeId},
        notice::What,
    };

    fn settings() -> MailSettings {
        MailSettings {
            host: "localhost".to_owned(),
            port: 25,
            security: Security::None,
            authorities: None,
            node: "n1".to_owned(),
            login: None,
            from: "terminal@example.org".to_owned(),
            to: vec!["audit@example.org".to_owned()],
        }
    }

    #[test]
    fn the_same_notice_is_the_same_mail_byte_for_byte() {
        let mail = Mail::new(settings()).unwrap();
        let at = "2026-11-22T23:05:06.789Z".parse().unwrap();
        let place = (&NodeId("n1".to_owned()), 12);
        let facility = FacilityId("h1".to_owned());
        let notice = Notice::of(What::Opened, &facility, place, Some("1234-5678-9012"), at);
        let once = mail.message(&notice).unwrap().formatted();
        assert_eq!(once, mail.message(&notice).unwrap().formatted());
        let text = String::from_utf8(once).unwrap();
        let id = "Message-ID: <n1-12-20261122T230506789000-opened@example.org>";
        assert!(
            text.contains(id) && text.contains("Auto-Submitted: auto-generated"),
            "{text}"
        );
    }

    #[test]
    fn what_is_no_address_and_no_certificate_is_said() {
        let no_address = MailSettings {
            to: vec!["nobody".to_owned()],
            ..settings()
        };
        assert!(Mail::new(no_address).err().unwrap().contains("nobody"));
        let nobody = MailSettings {
            to: Vec::new(),
            ..settings()
        };
        assert!(Mail::new(nobody).is_err());
        let no_certificate = MailSettings {
            security: Security::Starttls,
            authorities: Some(b"nothing".to_vec()),
            ..settings()
        };
        assert!(Mail::new(no_certificate).is_err());
    }
}
