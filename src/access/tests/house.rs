//! A hospital, a fire department, their people, a household, and a clock that only tests move.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::{
    access::{
        Access, Anew, Caller, Found, Glass, NewSession, Refusal, Search, Settings, SignIn,
        SignedIn, Viewer,
        admin::{AccountForm, Administration, FacilityForm, TerminalForm},
    },
    domain::{
        access::{AccountId, FacilityId, NodeId, RequestId, Role},
        clock::{Clock, Moment},
        entropy::Entropy,
        patient::{MEMBER_NUMBER_SYSTEM, PUBLIC_PAYER_SYSTEM},
        section::SourceName,
    },
    ledger::{self, Ledger},
    registry::{FacilityKind, Registry, SqliteStore, seal::keyed_hash},
    sources::{self, Sources},
};

pub(in crate::access) const PASSWORD: &str = "correct horse 電池";

/// A clock that stands until it is moved.
pub(in crate::access) struct StepClock(Mutex<Moment>);

impl StepClock {
    pub(in crate::access) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Moment {
            wall: "2026-04-01T03:00:00Z".parse().unwrap(),
            since_boot: Duration::from_hours(100),
        })))
    }

    pub(in crate::access) fn pass(&self, span: Duration) {
        let mut now = self.0.lock().unwrap();
        now.wall += chrono::Duration::from_std(span).unwrap();
        now.since_boot += span;
    }

    pub(in crate::access) fn set_wall_back(&self, span: Duration) {
        self.0.lock().unwrap().wall -= chrono::Duration::from_std(span).unwrap();
    }
}

impl Clock for StepClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

/// Never the same bytes twice, and the same in every run.
#[derive(Default)]
struct Counting(Mutex<u64>);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let mut counter = self.0.lock().unwrap();
            *counter += 1;
            let block = keyed_hash(b"test entropy", &counter.to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

#[derive(Debug)]
pub(super) struct Login {
    pub(super) name: &'static str,
    pub(super) id: AccountId,
    pub(super) secret: SecretSlice<u8>,
}

pub(super) struct House {
    pub(super) access: Access,
    pub(super) admin: Administration,
    pub(super) clock: Arc<StepClock>,
    pub(super) hospital: FacilityId,
    pub(super) fire: FacilityId,
    pub(super) folder: TempDir,
}

impl House {
    pub(super) async fn new() -> Self {
        Self::with(|settings| settings.register_new_terminals = true).await
    }

    pub(super) async fn with(change: impl Fn(&mut Settings)) -> Self {
        Self::build(change, None).await
    }

    /// With `identity` at an address.
    pub(super) async fn with_identity(base: &str) -> Self {
        Self::build(
            |settings| settings.register_new_terminals = true,
            Some(base),
        )
        .await
    }

    async fn build(change: impl Fn(&mut Settings), base: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = StepClock::new();
        let (shared, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
            (Arc::clone(&clock) as _, Arc::new(Counting::default()));
        let key: SecretSlice<u8> = vec![9; 32].into();
        let store = Arc::new(SqliteStore::open(folder.path()).unwrap());
        let registry = Registry::new(store, &key, Arc::clone(&shared));
        let ledger = Ledger::open(
            ledger::Settings {
                folder: folder.path().to_owned(),
                node: NodeId("n1".to_owned()),
                key: key.clone().into(),
                commit_deadline: Duration::from_secs(20),
            },
            Arc::clone(&shared),
            Arc::clone(&entropy),
        )
        .unwrap();
        let sources = Sources::new(identity(folder.path(), base), Arc::clone(&shared)).unwrap();
        let (clocked, random) = (Arc::clone(&shared), Arc::clone(&entropy));
        let admin = Administration::new(registry.clone(), ledger.clone(), clocked, random);
        let mut settings = Settings::new(key);
        change(&mut settings);
        let facility = |name: &str, kind| FacilityForm {
            name: name.to_owned(),
            kind,
            number: None,
        };
        let hospital = facility("中央病院", FacilityKind::Hospital);
        let fire = facility("消防本部", FacilityKind::Fire);
        Self {
            hospital: admin.create_facility(hospital).await.unwrap(),
            fire: admin.create_facility(fire).await.unwrap(),
            access: Access::new(settings, registry, ledger, sources, shared, entropy),
            admin,
            clock,
            folder,
        }
    }

    /// Somebody with a role, signed in at a browser of his own.
    pub(super) async fn signed_in(&self, name: &'static str, role: Role) -> Viewer {
        let login = self.account(name, role).await;
        let seat = self.seat(&login).await;
        self.viewer(&seat).await
    }

    pub(super) async fn account(&self, name: &'static str, role: Role) -> Login {
        let facility = match role {
            Role::Paramedic => self.fire.clone(),
            Role::Physician
            | Role::Nurse
            | Role::Pharmacist
            | Role::Clerk
            | Role::Auditor
            | Role::Administrator => self.hospital.clone(),
        };
        let enrolled = self
            .admin
            .create_account(
                AccountForm {
                    facility,
                    sign_in: name.to_owned(),
                    name: format!("{name} 先生"),
                    role,
                },
                PASSWORD.into(),
            )
            .await
            .unwrap();
        let secret = enrolled.totp_secret.expose_secret().as_bytes();
        Login {
            name,
            id: enrolled.account,
            secret: data_encoding::BASE32_NOPAD.decode(secret).unwrap().into(),
        }
    }

    /// An account that may break the glass.
    pub(super) async fn permitted(&self, name: &'static str, role: Role) -> Login {
        let login = self.account(name, role).await;
        let until = "2026-12-31".parse().unwrap();
        self.admin.permit(&login.id, until, "admin").await.unwrap();
        login
    }

    /// Registers a browser with a code; the value of its new device cookie.
    pub(super) async fn register(&self, name: &str, here: &Caller) -> Option<String> {
        let form = TerminalForm {
            facility: self.hospital.clone(),
            name: name.to_owned(),
            location: "救急外来".to_owned(),
            idle_lock_seconds: 900,
        };
        let made = self.admin.make_code("admin", form).await.unwrap();
        let code = made.code.expose_secret();
        let registered = self.access.register_terminal(code, here).await.unwrap();
        registered.unwrap()
    }

    pub(super) fn code(&self, login: &Login) -> String {
        let time = u64::try_from(self.clock.now().wall.timestamp()).unwrap();
        totp_rs::Builder::new()
            .with_secret(login.secret.expose_secret())
            .build_noncompliant()
            .generate(time)
            .to_string()
    }

    pub(super) async fn try_sign_in(
        &self,
        name: &str,
        password: &str,
        code: Option<&str>,
        caller: &Caller,
    ) -> SignedIn {
        let form = SignIn {
            account: name.to_owned(),
            password: SecretString::from(password),
            code: code.map(str::to_owned),
        };
        self.access.sign_in(form, caller).await.unwrap()
    }

    /// Signs in with a fresh code.
    pub(super) async fn sign_in(&self, login: &Login, caller: &Caller) -> NewSession {
        self.clock.pass(Duration::from_secs(30));
        let code = self.code(login);
        let answer = self
            .try_sign_in(login.name, PASSWORD, Some(&code), caller)
            .await;
        match answer {
            SignedIn::Done(session) => session,
            SignedIn::NeedsCode { .. } | SignedIn::Refused(_) => panic!("{answer:?}"),
        }
    }

    /// Both factors, given anew with a fresh code.
    pub(super) fn anew(&self, login: &Login) -> Anew {
        self.clock.pass(Duration::from_secs(30));
        codes(PASSWORD, &self.code(login))
    }

    /// Signs in at a new browser; the caller with its device cookie, and the session cookie.
    pub(super) async fn seat(&self, login: &Login) -> (Caller, String) {
        let session = self.sign_in(login, &caller(None)).await;
        (caller(session.device), session.session)
    }

    pub(super) async fn viewer(&self, seat: &(Caller, String)) -> Viewer {
        self.access.viewer(&seat.1, seat.0.clone()).await.unwrap()
    }

    pub(super) async fn search(&self, viewer: &Viewer, branch: &str) -> Found {
        let search = insurance("06123456", "1234", branch);
        self.access.search(viewer, &search, soon()).await.unwrap()
    }

    /// Searches and gives the token of the member of this branch.
    pub(super) async fn candidate(&self, viewer: &Viewer, branch: &str) -> String {
        match self.search(viewer, branch).await {
            Found::Candidates(mut found) if found.len() == 1 => found.remove(0).token,
            other @ (Found::Candidates(_)
            | Found::Nobody
            | Found::TooMany
            | Found::Unconfirmed(_)) => panic!("{other:?}"),
        }
    }

    /// Words of the hospital's last entries, newest first.
    pub(super) async fn entries(&self) -> Vec<String> {
        self.access
            .inner
            .ledger
            .recent(&self.hospital, 200)
            .await
            .unwrap()
            .into_iter()
            .map(|entry| entry.event)
            .collect()
    }

    /// The hospital's newest entry, with everything in it, as JSON.
    pub(super) async fn newest(&self) -> serde_json::Value {
        let entries = self
            .access
            .inner
            .ledger
            .recent(&self.hospital, 1)
            .await
            .unwrap();
        serde_json::to_value(&entries[0]).unwrap()
    }

    /// From now on nothing can be recorded.
    pub(super) fn break_ledger(&self) {
        self.access.inner.ledger.close();
    }
}

/// Password and code, given anew.
pub(super) fn codes(password: &str, code: &str) -> Anew {
    Anew::Codes {
        password: password.into(),
        code: code.into(),
    }
}

pub(super) fn caller(device: Option<String>) -> Caller {
    Caller {
        device,
        session: None,
        certificate: None,
        address: Some("192.0.2.7".parse().unwrap()),
        request: RequestId("r1".to_owned()),
    }
}

pub(super) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

pub(super) fn insurance(insurer: &str, number: &str, branch: &str) -> Search {
    Search {
        mode: "insurance".to_owned(),
        insurer: insurer.to_owned(),
        symbol: "あ12".to_owned(),
        number: number.to_owned(),
        branch: branch.to_owned(),
        ..Search::default()
    }
}

pub(super) fn glass(candidate: &str, reason: &str) -> Glass {
    Glass {
        candidate: candidate.to_owned(),
        basis: "emergency".to_owned(),
        reasons: vec![reason.to_owned()],
        ..Glass::default()
    }
}

#[track_caller]
pub(super) fn refusal(answer: &SignedIn) -> Refusal {
    match answer {
        SignedIn::Refused(refusal) => *refusal,
        SignedIn::Done(_) | SignedIn::NeedsCode { .. } => panic!("{answer:?}"),
    }
}

/// Two members of one household, four of another, one on public assistance.
fn identity(folder: &Path, base: Option<&str>) -> sources::Settings {
    let people = folder.join("identity");
    std::fs::create_dir_all(&people).unwrap();
    let patient = |id: &str, system: &str, value: &str, name: &str, born: &str| {
        json!({"resource": {
            "resourceType": "Patient", "id": id, "gender": "male", "birthDate": born,
            "identifier": [{"system": system, "value": value}],
            "name": [{"text": name}],
            "address": [{"text": "千葉県千葉市中央区1-1"}],
        }})
    };
    let member = |id: &str, value: &str, name: &str, born: &str| {
        patient(id, MEMBER_NUMBER_SYSTEM, value, name, born)
    };
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        member("father", "06123456:あ12:1234:01", "山田 太郎", "1960-04-01"),
        member("son", "06123456:あ12:1234:02", "山田 次郎", "1990-05-02"),
        member("c1", "06123456:あ12:77:01", "鈴木 一", "1961-01-01"),
        member("c2", "06123456:あ12:77:02", "鈴木 二", "1962-01-01"),
        member("c3", "06123456:あ12:77:03", "鈴木 三", "1963-01-01"),
        member("c4", "06123456:あ12:77:04", "鈴木 四", "1964-01-01"),
        patient("aided", PUBLIC_PAYER_SYSTEM, "12131018::7654321:", "田中 花", "1955-02-03"),
    ]});
    std::fs::write(people.join("people.json"), bundle.to_string()).unwrap();
    let endpoint = sources::Endpoint {
        base: base.map_or_else(|| format!("file://{}", people.display()), str::to_owned),
        ..sources::Endpoint::default()
    };
    sources::Settings {
        endpoints: BTreeMap::from([(SourceName::Identity, endpoint)]),
        answer: Duration::from_secs(20),
        bytes: 1 << 20,
        resources: 100,
    }
}
