//! Who calls, and what there is to be called for: two facilities, an account for every way of
//! being let in, and a fresh seat of it for every cell.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use emergency_summary::{
    access::admin::Administration,
    cli::demo::{self, GuideAccount, GuidePatient},
    domain::{
        access::{AccountId, Basis, FacilityId, GrantId, Role, TerminalId},
        clock::{Clock, Moment},
        event::SecondFactor,
    },
    registry::Session,
    system::SystemEntropy,
};
use secrecy::ExposeSecret;

use super::{
    device::Device,
    people::{Target, added, break_or_ask, hashed, started, submit},
};
use crate::{
    app::{TestApp, search},
    browser::Browser,
};

/// The columns, in their order.
pub(super) const COLUMNS: [&str; 14] = [
    "physician",
    "unpermitted",
    "nurse",
    "pharmacist",
    "paramedic",
    "clerk",
    "delegate",
    "auditor",
    "administrator",
    "vouched",
    "sealed",
    "locked",
    "nobody",
    "unregistered",
];

/// How a browser stands when it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// With a session at its terminal.
    Seated,
    /// With a session that is locked.
    Locked,
    /// At a terminal, without a session.
    Nobody,
    /// With the cookie of somebody's session, at a browser that is no terminal.
    Unregistered,
}

/// One account as it calls.
pub(super) struct Caller {
    /// The column.
    pub word: &'static str,
    /// How to sign in.
    pub login: GuideAccount,
    /// The account.
    pub id: AccountId,
    /// Its facility.
    pub facility: FacilityId,
    /// How its browser stands.
    pub stand: Stand,
    terminal: TerminalId,
    factor: SecondFactor,
    cookie: String,
}

/// A browser with a session of its own.
pub(super) struct Seat {
    /// The browser.
    pub browser: Browser,
    /// Token of the session's forms.
    pub token: String,
}

/// The app and everybody in it.
pub(super) struct World {
    pub app: TestApp,
    pub office: Administration,
    pub callers: Vec<Caller>,
    /// Two of each facility whose things are somebody else's.
    pub others: BTreeMap<FacilityId, Caller>,
    pub hospital: FacilityId,
    pub fire: FacilityId,
    /// Whom administrators change, by facility.
    pub targets: BTreeMap<FacilityId, Target>,
    /// Who is let in by the sign-in forms.
    pub door: Target,
    /// Whose link it is.
    pub link: Target,
    /// The software passkeys that were made, by account.
    pub devices: RefCell<BTreeMap<AccountId, Device>>,
    grants: RefCell<BTreeMap<(AccountId, usize), String>>,
    seats: RefCell<BTreeMap<AccountId, (Rc<Seat>, Moment)>>,
    count: Cell<usize>,
}

/// The cookie of a browser that no administrator knows.
pub(super) const NO_TERMINAL: &str = "nobody-gave-this-out";

impl World {
    pub(super) async fn new() -> Self {
        let (app, hospital, fire) = started();
        let clock: Arc<dyn Clock> = Arc::clone(&app.clock) as _;
        let (registry, ledger) = (app.registry.clone(), app.ledger.clone());
        let office = Administration::new(registry, ledger, clock, Arc::new(SystemEntropy));
        let add = async |name: &str, role, facility: &FacilityId| {
            added(&office, (name, role, facility)).await
        };
        let targets = BTreeMap::from([
            (
                hospital.clone(),
                add("ns-target", Role::Nurse, &hospital).await,
            ),
            (
                fire.clone(),
                add("ems-target", Role::Paramedic, &fire).await,
            ),
        ]);
        let door = add("ns-door", Role::Nurse, &hospital).await;
        let link = add("ns-link", Role::Nurse, &hospital).await;
        let night = add("ck-night", Role::Clerk, &hospital).await;
        office
            .delegate(&night.id, 24, "console")
            .await
            .expect("a delegate");
        let broken = add("ns-word", Role::Nurse, &hospital).await;
        let crew = add("ems-two", Role::Paramedic, &fire).await;
        let until = app.clock.now().japanese_day() + chrono::Days::new(30);
        for id in [&broken.id, &crew.id] {
            office
                .permit(id, until, "console")
                .await
                .expect("a permission");
        }
        let mut world = Self {
            app,
            office,
            callers: Vec::new(),
            others: BTreeMap::new(),
            hospital,
            fire,
            targets,
            door,
            link,
            devices: RefCell::default(),
            grants: RefCell::default(),
            seats: RefCell::default(),
            count: Cell::new(0),
        };
        world.let_in(&night.login, &broken.login, &crew.login).await;
        world
    }

    /// Everybody signs in, each in the way that makes him what he is.
    async fn let_in(&mut self, night: &GuideAccount, broken: &GuideAccount, crew: &GuideAccount) {
        let of = |name: &str| {
            let mut accounts = self.app.guide.accounts.iter();
            let found = accounts.find(|account| account.account == name);
            found.expect("an account").clone()
        };
        let sato = of("dr-sato");
        let logins = [
            sato.clone(),
            of("dr-ono"),
            of("ns-mori"),
            of("ph-hara"),
            of("ems-abe"),
            of("ck-ueda"),
            night.clone(),
            of("au-noda"),
            of("ad-kudo"),
        ];
        let kato = of("dr-kato");
        for (word, login) in COLUMNS.into_iter().zip(logins) {
            let browser = self.app.signed_in(&login).await;
            self.callers
                .push(self.caller(word, login, &browser, Stand::Seated).await);
        }
        let colleague = self.app.signed_in(&kato).await;
        let browser = self.vouched_in(&colleague, &kato, broken).await;
        self.callers.push(
            self.caller("vouched", broken.clone(), &browser, Stand::Seated)
                .await,
        );
        let (login, browser) = self.unsealed().await;
        self.callers
            .push(self.caller("sealed", login, &browser, Stand::Seated).await);
        for (word, stand) in [
            ("locked", Stand::Locked),
            ("nobody", Stand::Nobody),
            ("unregistered", Stand::Unregistered),
        ] {
            let browser = self.app.signed_in(&sato).await;
            self.callers
                .push(self.caller(word, sato.clone(), &browser, stand).await);
        }
        let browser = self.app.signed_in(crew).await;
        for (login, browser) in [(kato, colleague), (crew.clone(), browser)] {
            let other = self.caller("other", login, &browser, Stand::Seated).await;
            self.others.insert(other.facility.clone(), other);
        }
    }

    /// In the place of a second factor stands a colleague's word.
    async fn vouched_in(
        &self,
        colleague: &Browser,
        by: &GuideAccount,
        who: &GuideAccount,
    ) -> Browser {
        let page = colleague.get("/vouch").await.is(200);
        let typed = [("account", &*who.account), ("password", &*by.password)];
        submit(colleague, &page, "vouch-colleague", &typed)
            .await
            .is(200);
        let browser = self.app.browser();
        let login = browser.get("/login").await.is(200);
        let typed = [("account", &*who.account), ("password", &*who.password)];
        let step = submit(&browser, &login, "login", &typed).await.is(200);
        submit(&browser, &step, "login-vouched", &[]).await.is(303);
        browser
    }

    /// Opens an envelope.
    async fn unsealed(&self) -> (GuideAccount, Browser) {
        let id = self
            .office
            .propose_sealed("one", &self.hospital)
            .await
            .expect("proposed");
        let made = self
            .office
            .confirm_sealed("two", &self.hospital, &id)
            .await
            .expect("made");
        let browser = self.app.browser();
        let login = browser.get("/login").await.is(200);
        let typed = [
            ("account", made.sign_in.expose_secret()),
            ("password", made.password.expose_secret()),
            ("code", made.code.expose_secret()),
        ];
        submit(&browser, &login, "login", &typed).await.is(303);
        let login = GuideAccount {
            account: made.sign_in.expose_secret().to_owned(),
            password: made.password.expose_secret().to_owned(),
            ..self.door.login.clone()
        };
        (login, browser)
    }

    async fn caller(
        &self,
        word: &'static str,
        login: GuideAccount,
        browser: &Browser,
        stand: Stand,
    ) -> Caller {
        let hash = hashed(&browser.cookies()["session"]);
        let seat = self.app.registry.seat(&hash, self.app.clock.now()).await;
        let seat = seat.expect("an answer").expect("a session");
        Caller {
            word,
            login,
            id: seat.account.id.clone(),
            facility: seat.account.facility.clone(),
            stand,
            terminal: seat.terminal.id.clone(),
            factor: seat.session.second_factor,
            cookie: browser.cookies()["device"].clone(),
        }
    }

    /// A fresh session of the caller's at his terminal, of the kind that he signed in to.
    pub(super) async fn seat(&self, caller: &Caller) -> Seat {
        self.seat_with(caller, caller.factor).await
    }

    /// The same, as if he had his second factor at hand.
    pub(super) async fn whole_seat(&self, caller: &Caller) -> Seat {
        self.seat_with(caller, SecondFactor::Totp).await
    }

    async fn seat_with(&self, caller: &Caller, second_factor: SecondFactor) -> Seat {
        let number = self.count.get() + 1;
        self.count.set(number);
        let cookie = format!("{:0>43}", format!("seat-{number}"));
        let account = self.app.registry.account(caller.id.clone()).await;
        let now = self.app.clock.now().wall;
        let session = Session {
            hash: hashed(&cookie),
            account: caller.id.clone(),
            facility: caller.facility.clone(),
            terminal: caller.terminal.clone(),
            created: now,
            last_seen: now,
            ends: now + chrono::Duration::hours(12),
            locked: false,
            epoch: account.expect("an answer").expect("an account").epoch,
            second_factor,
        };
        let added = self.app.registry.add_session(session).await;
        added.expect("a session");
        let browser = self.app.browser();
        browser.set_cookie("device", &caller.cookie);
        browser.set_cookie("session", &cookie);
        // A small page with a form.
        let page = browser.get("/sessions/renew").await.is(200);
        Seat {
            token: page.attributes("input[name=form_token]", "value").remove(0),
            browser,
        }
    }

    /// A seat of somebody whose things are asked for, used as long as it is not left.
    pub(super) async fn seat_of_other(&self, caller: &Caller) -> Rc<Seat> {
        let now = self.app.clock.now();
        let known = self.seats.borrow().get(&caller.id).cloned();
        if let Some((seat, since)) = known
            && !now.has_passed(since, Duration::from_secs(100))
        {
            return seat;
        }
        let seat = Rc::new(self.whole_seat(caller).await);
        let mut seats = self.seats.borrow_mut();
        seats.insert(caller.id.clone(), (Rc::clone(&seat), now));
        seat
    }

    /// Somebody else of the same facility.
    pub(super) fn colleague(&self, caller: &Caller) -> &Caller {
        &self.others[&caller.facility]
    }

    /// Somebody of the other facility.
    pub(super) fn foreigner(&self, caller: &Caller) -> &Caller {
        &self.others[self.other_facility(&caller.facility)]
    }

    pub(super) fn other_facility(&self, facility: &FacilityId) -> &FacilityId {
        if *facility == self.hospital {
            &self.fire
        } else {
            &self.hospital
        }
    }

    /// The path of an open grant of the caller's, opened through the pages; a colleague's where his
    /// role has none.
    pub(super) async fn grant(&self, caller: &Caller, patient: usize) -> String {
        let whose = self.holder(caller);
        let key = (whose.id.clone(), patient);
        let known = self.grants.borrow().get(&key).cloned();
        if let Some(path) = known {
            if self.is_good(whose, &path).await {
                return path;
            }
            // It ends where somebody looks.
            let seat = self.whole_seat(whose).await;
            seat.browser.get(&path).await;
        }
        let seat = self.whole_seat(whose).await;
        let hit = search(&seat.browser, &self.app.guide.patients[patient])
            .await
            .is(200);
        let path = break_or_ask(&seat.browser, &hit).await;
        self.grants.borrow_mut().insert(key, path.clone());
        path
    }

    /// Everybody has a grant, and a little is left of it.
    pub(super) async fn shortly_before_the_end(&self) {
        let patient = self.patient("未告知");
        for caller in self.callers.iter().chain(self.others.values()) {
            // A fresh one in the place of what was opened long ago.
            let path = self.grant(caller, patient).await;
            self.end(caller, &path).await;
            self.grant(caller, patient).await;
        }
        self.app.clock.advance(Duration::from_mins(3 * 60 + 50));
    }

    /// Ends a grant by hand.
    pub(super) async fn end(&self, caller: &Caller, path: &str) {
        let seat = self.whole_seat(self.holder(caller)).await;
        let fields = [("form_token", &*seat.token), ("end", "hand")];
        let end = path.replace("/summary/", "/grants/") + "/end";
        seat.browser.post(&end, &fields).await.is(303);
    }

    /// Whose grant stands for the caller's: his own, or where his role has none a colleague's.
    fn holder<'a>(&'a self, caller: &'a Caller) -> &'a Caller {
        match &*caller.login.role {
            "physician" | "nurse" | "pharmacist" | "paramedic" => caller,
            _ => self.colleague(caller),
        }
    }

    async fn is_good(&self, caller: &Caller, path: &str) -> bool {
        let id = GrantId(path.trim_start_matches("/summary/").to_owned());
        let Some(grant) = self.app.ledger.grant(&id) else {
            return false;
        };
        let account = self.app.registry.account(caller.id.clone()).await;
        let epoch = account.expect("an answer").expect("an account").epoch;
        grant.basis == Basis::Consented || grant.epoch == epoch
    }

    /// The place of the first patient with such a story.
    pub(super) fn patient(&self, story: &str) -> usize {
        let is_it = |patient: &GuidePatient| patient.story.contains(story);
        let place = self.app.guide.patients.iter().position(is_it);
        place.expect("a patient with that story")
    }

    /// A number that no request before had.
    pub(super) fn next(&self) -> usize {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    /// The code of an account's app, not used before.
    pub(super) fn code(&self, login: &GuideAccount) -> String {
        if login.totp_secret.is_empty() {
            return "000000".to_owned();
        }
        self.app.code(login)
    }

    /// Until somebody may give his own factor once more.
    pub(super) fn wait(&self) {
        self.app.clock.advance(Duration::from_secs(10));
    }

    /// The code of a secret that was just shown.
    pub(super) fn code_of(&self, secret: &str) -> String {
        let unix = u64::try_from(self.app.clock.now().wall.timestamp()).expect("after 1970");
        demo::code(&secret.replace(' ', ""), unix).expect("a code")
    }
}
