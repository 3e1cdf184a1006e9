//! `[[notices.mail]]` and `[[notices.webhook]]`: who outside is told of emergency grants.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{SecretSlice, SecretString};
use serde::Deserialize;

use super::{Problem, is_open_way, private_text};
use crate::{
    domain::access::FacilityId,
    outbox::{Channel, Login, Mail, MailSettings, SMALLEST_KEY, Security, Way, Webhook},
    sources,
};

/// Characters of the longest name of a channel.
const LONGEST: usize = 40;

/// `[notices]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoticesPart {
    /// By mail.
    pub mail: Vec<MailPart>,
    /// By signed requests.
    pub webhook: Vec<WebhookPart>,
}

/// One `[[notices.mail]]`.
#[derive(Clone, Debug, Deserialize)]
pub struct MailPart {
    /// Its name: letters, digits and hyphens.
    pub name: String,
    /// Ids of the facilities whose notices it carries; without them: of all.
    pub facilities: Option<BTreeSet<String>>,
    /// `HOST:PORT`; the certificate must be for this host.
    pub server: String,
    /// `starttls` (without it), `tls` or `none`.
    #[serde(default = "starttls")]
    pub security: Security,
    /// PEM file with the authorities that may vouch for it, in place of the machine's own.
    pub authorities: Option<PathBuf>,
    /// The name at the server, where it wants one.
    pub user: Option<String>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
}

/// One `[[notices.webhook]]`.
#[derive(Clone, Debug, Deserialize)]
pub struct WebhookPart {
    /// Its name: letters, digits and hyphens.
    pub name: String,
    /// Ids of the facilities whose notices it carries; without them: of all.
    pub facilities: Option<BTreeSet<String>>,
    /// Where requests go; beyond this machine `https://`.
    pub url: String,
    /// File with the key that signs them: at least 24 bytes in base 64, `whsec_` before them or not.
    pub key_file: PathBuf,
}

const fn starttls() -> Security {
    Security::Starttls
}

impl NoticesPart {
    /// Every channel; a part that cannot be one is named.
    ///
    /// # Errors
    /// In words, without a secret.
    pub fn channels(&self, node: &str) -> Result<Vec<Channel>, String> {
        let mut channels = Vec::new();
        for mail in &self.mail {
            let way = Way::mail(
                mail.way(node)
                    .map_err(|why| said("mail", &mail.name, &why))?,
            );
            channels.push(channel(&mail.name, mail.facilities.as_ref(), way));
        }
        for webhook in &self.webhook {
            let way = webhook
                .way()
                .map_err(|why| said("webhook", &webhook.name, &why))?;
            channels.push(channel(
                &webhook.name,
                webhook.facilities.as_ref(),
                Way::Webhook(way),
            ));
        }
        Ok(channels)
    }

    /// Where each channel leads, to see whether something answers there.
    pub fn places(&self) -> impl Iterator<Item = (&str, String)> {
        let mails = self.mail.iter();
        let mails = mails.map(|mail| (&*mail.name, format!("smtp://{}", mail.server)));
        let webhooks = self.webhook.iter();
        mails.chain(webhooks.map(|webhook| (&*webhook.name, webhook.url.clone())))
    }

    /// Everything that is wrong with it.
    pub(super) fn problems(&self, node: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mails = self.mail.iter();
        let mails = mails.map(|mail| ("mail", &mail.name, mail.way(node).err()));
        let webhooks = self.webhook.iter();
        let webhooks = webhooks.map(|webhook| ("webhook", &webhook.name, webhook.way().err()));
        let mut names = BTreeSet::new();
        for (kind, name, why) in mails.chain(webhooks) {
            let mut say = |why: &str| problems.push(Problem(said(kind, name, why)));
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if name.is_empty() || name.len() > LONGEST || !name.chars().all(is_plain) {
                say("name: at most 40 letters, digits and hyphens");
            }
            if !names.insert(name) {
                say("another channel has this name: where each had come would be lost");
            }
            if let Some(why) = why {
                say(&why);
            }
        }
        problems
    }
}

fn said(kind: &str, name: &str, why: &str) -> String {
    format!("notices.{kind} {name}: {why}")
}

fn channel(name: &str, facilities: Option<&BTreeSet<String>>, way: Way) -> Channel {
    Channel {
        name: name.to_owned(),
        facilities: facilities.map(|ids| ids.iter().cloned().map(FacilityId).collect()),
        way,
    }
}

impl MailPart {
    fn way(&self, node: &str) -> Result<Mail, String> {
        let (host, port) = self
            .server
            .rsplit_once(':')
            .ok_or("server must be HOST:PORT")?;
        let port = port.parse().map_err(|_| "server must be HOST:PORT")?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let login = match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => Some(Login {
                user: user.clone(),
                password: password(file)?,
            }),
            (None, None) => None,
            _ => return Err("user and password_file belong together".to_owned()),
        };
        if login.is_some() && self.security == Security::None {
            return Err("a password is sent by starttls or tls only".to_owned());
        }
        let authorities = self.authorities.as_ref().map(|file| {
            fs::read(file).map_err(|error| format!("authorities: {}: {error}", file.display()))
        });
        Mail::new(MailSettings {
            host,
            port,
            security: self.security,
            authorities: authorities.transpose()?,
            node: node.to_owned(),
            login,
            from: self.from.clone(),
            to: self.to.clone(),
        })
    }
}

fn password(file: &Path) -> Result<SecretString, String> {
    let text = private_text(file).map_err(|why| format!("password_file: {why}"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
}

impl WebhookPart {
    fn way(&self) -> Result<Webhook, String> {
        let is_encrypted = self.url.starts_with("https://");
        if !is_encrypted && !self.url.starts_with("http://") {
            return Err("url must begin with https://".to_owned());
        }
        if is_open_way(&self.url) {
            return Err("url: beyond this machine https:// only".to_owned());
        }
        let key = key(&self.key_file).map_err(|why| format!("key_file: {why}"))?;
        Ok(Webhook::new(
            self.url.clone(),
            key,
            sources::client(is_encrypted)?,
        ))
    }
}

fn key(file: &Path) -> Result<SecretSlice<u8>, String> {
    let text = private_text(file)?;
    let text = text.trim();
    let bytes = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text));
    let bytes = bytes.map_err(|_| format!("{}: not base 64", file.display()))?;
    if bytes.len() < SMALLEST_KEY {
        return Err(format!(
            "{}: fewer than {SMALLEST_KEY} bytes",
            file.display()
        ));
    }
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn part(text: &str) -> NoticesPart {
        toml::from_str(text).unwrap()
    }

    fn secret(folder: &Path, name: &str, text: &str) -> String {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file.display().to_string()
    }

    #[test]
    fn a_mail_and_a_webhook_are_two_channels() {
        let folder = tempfile::tempdir().unwrap();
        let key = secret(
            folder.path(),
            "key",
            &format!("whsec_{}\n", STANDARD.encode([7; 32])),
        );
        let part = part(&format!(
            "[[mail]]\nname = \"audit\"\nserver = \"mail.example.org:587\"\n\
             from = \"a@example.org\"\nto = [\"b@example.org\"]\nfacilities = [\"h1\"]\n\
             [[webhook]]\nname = \"soc\"\nurl = \"https://soc.example.org/in\"\nkey_file = \"{key}\"\n"
        ));
        assert_eq!(part.problems("n1"), []);
        let channels = part.channels("n1").unwrap();
        let said: Vec<_> = channels
            .iter()
            .map(|one| (&*one.name, one.way.word()))
            .collect();
        assert_eq!(said, [("audit", "mail"), ("soc", "webhook")]);
        let own = channels.first().unwrap().facilities.as_ref().unwrap();
        assert!(own.contains(&FacilityId("h1".to_owned())) && own.len() == 1);
    }

    #[test]
    fn every_problem_is_named_at_once_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let short = secret(folder.path(), "short", &STANDARD.encode([7; 8]));
        let open = secret(folder.path(), "open", &STANDARD.encode([7; 32]));
        fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
        let part = part(&format!(
            "[[mail]]\nname = \"a b\"\nserver = \"mail\"\nfrom = \"a@example.org\"\nto = []\n\
             [[mail]]\nname = \"x\"\nserver = \"m:25\"\nsecurity = \"none\"\nuser = \"u\"\n\
             password_file = \"{short}\"\nfrom = \"a@example.org\"\nto = [\"b@example.org\"]\n\
             [[webhook]]\nname = \"x\"\nurl = \"http://soc.example.org\"\nkey_file = \"{short}\"\n\
             [[webhook]]\nname = \"y\"\nurl = \"https://soc.example.org\"\nkey_file = \"{short}\"\n\
             [[webhook]]\nname = \"z\"\nurl = \"https://soc.example.org\"\nkey_file = \"{open}\"\n"
        ));
        let said: Vec<String> = part.problems("n1").into_iter().map(|one| one.0).collect();
        let said = said.join("\n");
        for words in [
            "notices.mail a b: name: at most 40 letters",
            "notices.mail a b: server must be HOST:PORT",
            "notices.mail x: a password is sent by starttls or tls only",
            "notices.webhook x: another channel has this name",
            "notices.webhook x: url: beyond this machine https:// only",
            "notices.webhook y: key_file:",
            "fewer than 24 bytes",
            "notices.webhook z: key_file:",
            "chmod 600",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert!(!said.contains(&STANDARD.encode([7; 8])));
    }
}
