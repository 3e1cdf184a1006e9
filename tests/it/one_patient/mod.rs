//! A grant opens the patient that it was given for, to whom it was given, and nothing else: random
//! sequences of everything that can be done with one, by several accounts of two facilities, with
//! what others hold and with what nobody holds.

mod steps;

use std::{sync::Arc, time::Duration};

use emergency_summary::cli::demo::GuidePatient;

use self::steps::{Step, steps};
use crate::{
    app::{TestApp, fill, pairs, search, whole_summary},
    browser::{Browser, Page},
};

/// How many sequences.
const CASES: u64 = 12;
/// Who takes part: three of the hospital, one of the fire department.
const ACCOUNTS: [&str; 4] = ["dr-sato", "dr-kato", "ns-mori", "ems-abe"];
/// Whom they look at: a family on one number, twins, and others.
const STORIES: [&str; 4] = ["双子の姉", "双子の妹", "未告知", "当院宛ての紹介状"];

/// How a summary is asked for.
const WAYS: [&str; 5] = ["", "/late", "/normal", "/print", "/uncover"];

/// One grant that was given out: whose, for whom, and whether it is open.
#[derive(Clone, Debug)]
struct Given {
    id: String,
    who: usize,
    whom: usize,
    open: bool,
}

/// What a page let its reader do.
#[derive(Clone, Debug)]
struct Held<T> {
    who: usize,
    whom: usize,
    what: T,
}

/// The service, who is signed in, and what was given out.
struct Play<'a> {
    app: &'a TestApp,
    patients: Vec<&'a GuidePatient>,
    browsers: Vec<Browser>,
    tokens: Vec<String>,
    given: Vec<Given>,
    candidates: Vec<Held<String>>,
    documents: Vec<Held<(String, String)>>,
}

impl Play<'_> {
    /// Whoever is named on a page that shows somebody is the one, and nobody else is.
    #[track_caller]
    fn shows(&self, page: &Page, whom: Option<usize>, what: &str) {
        let shown = whom.map(|whom| &*self.patients[whom].name);
        for (number, patient) in self.patients.iter().enumerate() {
            let right = Some(number) == whom;
            // A newborn has its mother's family name and none of its own.
            if !right && shown.is_some_and(|name| name.contains(&patient.name)) {
                continue;
            }
            let is_named = page.body.contains(&patient.name);
            assert_eq!(is_named, right, "{what}: {} in {}", patient.name, page.body);
        }
        let mut keys = page.attributes("[data-patient-key]", "data-patient-key");
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), usize::from(whom.is_some()), "{what}: {keys:?}");
    }

    async fn open(&mut self, who: usize, whom: usize) {
        let hit = search(&self.browsers[who], self.patients[whom])
            .await
            .is(200);
        // Twins are both there: whose form it is stands above it.
        let names = hit.texts("section.candidate h2");
        let is_it = |name: &String| name.contains(&self.patients[whom].name);
        let place = names.iter().position(is_it).expect("a candidate");
        let candidate = hit.attributes("section.candidate input[name=candidate]", "value");
        assert_eq!(candidate.len(), names.len(), "{names:?}");
        let candidate = candidate[place].clone();
        self.candidates.push(Held {
            who,
            whom,
            what: candidate.clone(),
        });
        let page = self.choose(who, &candidate).await.is(303);
        self.opened(who, whom, &page);
    }

    async fn choose(&self, who: usize, candidate: &str) -> Page {
        let fields = [
            ("form_token", &*self.tokens[who]),
            ("candidate", candidate),
            ("basis", "emergency"),
            ("reason", "1"),
            ("judged_by", "佐藤 医師"),
        ];
        let page = self.browsers[who].post("/grants", &fields).await;
        if page.status != 200 {
            return page;
        }
        // Asked once more, because there were many.
        let mut fields = page.form("glass");
        fill(&mut fields, "judged_by", "佐藤 医師");
        self.browsers[who].post("/grants", &pairs(&fields)).await
    }

    #[track_caller]
    fn opened(&mut self, who: usize, whom: usize, page: &Page) {
        let path = page.location.clone().expect("a place to go");
        let id = path.trim_start_matches("/summary/").to_owned();
        match self.given.iter().find(|given| given.id == id) {
            Some(same) => assert!(
                same.open && same.who == who && same.whom == whom,
                "{same:?}"
            ),
            None => self.given.push(Given {
                id,
                who,
                whom,
                open: true,
            }),
        }
    }

    async fn view(&mut self, who: usize, which: usize, way: usize) {
        let Some(one) = one_of(&self.given, which).cloned() else {
            return;
        };
        let who = by(who, one.who);
        let (status, whom) = expected(who, &one);
        let path = format!("/summary/{}{}", one.id, WAYS[way]);
        let page = self.asked(who, &path).await;
        let what = format!("{who} {path}");
        if WAYS[way] == "/uncover" && status == 200 && page.status == 303 {
            return;
        }
        assert_eq!(page.status, status, "{what}: {}", page.body);
        self.shows(&page, whom, &what);
        if page.status == 200 && way == 0 {
            let whole = whole_summary(&self.browsers[who], &path).await;
            let links = whole.attributes("#section-documents a.open-document", "href");
            self.documents.extend(links.iter().take(1).map(|link| Held {
                who,
                whom: one.whom,
                what: (
                    one.id.clone(),
                    link.rsplit('/').next().unwrap_or_default().to_owned(),
                ),
            }));
        }
    }

    /// A page, or the form that uncovers.
    async fn asked(&self, who: usize, path: &str) -> Page {
        if path.ends_with("/uncover") {
            let fields = [("form_token", &*self.tokens[who]), ("section", "problems")];
            return self.browsers[who].post(path, &fields).await;
        }
        self.browsers[who].get(path).await
    }

    async fn read(&self, who: usize, which: usize, of: usize) {
        let Some(held) = one_of(&self.documents, of) else {
            return;
        };
        let who = by(who, held.who);
        // Every second time under the grant of its page.
        let own = self.given.iter().find(|given| given.id == held.what.0);
        let one = if which.is_multiple_of(2) {
            own
        } else {
            one_of(&self.given, which / 2)
        };
        let Some(one) = one else {
            return;
        };
        let (grant, name) = &held.what;
        let path = format!("/summary/{}/documents/{name}", one.id);
        let page = self.browsers[who].get(&path).await;
        let fits = one.id == *grant && held.who == who;
        let (status, whom) = match expected(who, one) {
            (200, _) if !fits => (403, None),
            fitting => fitting,
        };
        assert_eq!(page.status, status, "{who} {path}");
        self.shows(&page, whom, &path);
    }

    async fn forge(&self, who: usize, (which, other, how): (usize, usize, usize)) {
        let given = (one_of(&self.given, which), one_of(&self.given, other));
        let (Some(one), Some(other)) = given else {
            return;
        };
        let id = forged(&one.id, &other.id, how);
        if self.given.iter().any(|given| given.id == id) {
            return;
        }
        for way in WAYS {
            let path = format!("/summary/{id}{way}");
            let page = self.asked(who, &path).await;
            assert!(
                [403, 404].contains(&page.status.as_u16()),
                "{path}: {}",
                page.status
            );
            self.shows(&page, None, &path);
        }
        for act in ["renew", "note", "end", "correct"] {
            let fields = [
                ("form_token", &*self.tokens[who]),
                ("reason", "1"),
                ("note", "x"),
                ("end", "hand"),
            ];
            let path = format!("/grants/{id}/{act}");
            let page = self.browsers[who].post(&path, &fields).await;
            assert!(
                [403, 404].contains(&page.status.as_u16()),
                "{path}: {}",
                page.status
            );
        }
    }

    async fn sent(&mut self, who: usize, which: usize, how: usize) {
        let Some(held) = one_of(&self.candidates, which).cloned() else {
            return;
        };
        let who = by(who, held.who);
        let candidate = match how {
            0 => held.what.clone(),
            1 => held.what[..held.what.len() - 1].to_owned(),
            2 => swapped(&held.what, held.what.len() / 2),
            _ => format!("{}{}", &held.what[..40], "A".repeat(40)),
        };
        let page = self.choose(who, &candidate).await;
        if how == 0 && held.who == who {
            let page = page.is(303);
            self.opened(who, held.whom, &page);
        } else {
            assert_eq!(page.status, 422, "{who} {held:?} {how}");
            assert!(page.location.is_none());
        }
    }

    async fn renew(&self, who: usize, which: usize) {
        let Some(one) = one_of(&self.given, which) else {
            return;
        };
        let who = by(who, one.who);
        let fields = [("form_token", &*self.tokens[who]), ("reason", "1")];
        let path = format!("/grants/{}/renew", one.id);
        let page = self.browsers[who].post(&path, &fields).await;
        // Too early.
        let status = match expected(who, one).0 {
            200 => 422,
            other => other,
        };
        assert_eq!(page.status, status, "{who} {path}");
    }

    async fn end(&mut self, who: usize, which: usize) {
        let Some(one) = one_of(&self.given, which).cloned() else {
            return;
        };
        let who = by(who, one.who);
        let fields = [("form_token", &*self.tokens[who]), ("end", "wrong_patient")];
        let path = format!("/grants/{}/end", one.id);
        let page = self.browsers[who].post(&path, &fields).await;
        let status = match expected(who, &one).0 {
            200 => 303,
            other => other,
        };
        assert_eq!(page.status, status, "{who} {path}");
        if status == 303 {
            let place = which % self.given.len();
            self.given[place].open = false;
        }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Open(who, whom) => self.open(who, whom).await,
            Step::View(who, which, way) => self.view(who, which, way).await,
            Step::Read(who, which, of) => self.read(who, which, of).await,
            Step::Forge(who, which, other, how) => self.forge(who, (which, other, how)).await,
            Step::Choose(who, which, how) => self.sent(who, which, how).await,
            Step::Renew(who, which) => self.renew(who, which).await,
            Step::End(who, which) => self.end(who, which).await,
        }
    }

    /// Nothing is left of what was done, and a while has passed.
    async fn begin_anew(&mut self) {
        for which in 0..self.given.len() {
            let (who, open) = (self.given[which].who, self.given[which].open);
            if open {
                self.end(who, which).await;
            }
        }
        self.given.clear();
        self.candidates.clear();
        self.documents.clear();
        self.app.clock.advance(Duration::from_secs(100));
        for browser in &self.browsers {
            browser.get("/grants").await.is(200);
        }
    }
}

/// One of what there is, whichever number fell.
fn one_of<T>(all: &[T], which: usize) -> Option<&T> {
    all.get(which.checked_rem(all.len())?)
}

/// Whoever was drawn, or the holder.
const fn by(who: usize, holder: usize) -> usize {
    if who < ACCOUNTS.len() { who } else { holder }
}

/// What comes for a grant that is really there.
fn expected(who: usize, one: &Given) -> (u16, Option<usize>) {
    match (one.who == who, one.open) {
        (true, true) => (200, Some(one.whom)),
        (true, false) => (410, None),
        (false, _) => (403, None),
    }
}

/// An id that nobody gave out.
fn forged(one: &str, other: &str, how: usize) -> String {
    let (node, random) = one.split_once('.').expect("a node");
    let half = random.len() / 2;
    match how {
        0 => one[..one.len() - 1].to_owned(),
        1 => swapped(one, one.len() - 2),
        2 => format!(
            "{}{}",
            &one[..node.len() + 1 + half],
            &other[other.len() - half..]
        ),
        3 => format!("n1.{random}"),
        4 => one.to_uppercase(),
        _ => format!("{one}A"),
    }
}

/// With another letter in one place.
fn swapped(text: &str, place: usize) -> String {
    let other = if &text[place..=place] == "x" {
        "y"
    } else {
        "x"
    };
    format!("{}{other}{}", &text[..place], &text[place + 1..])
}

/// A family on one number, and those with these stories.
fn patients(app: &TestApp) -> Vec<&GuidePatient> {
    let all = &app.guide.patients;
    let number = |patient: &GuidePatient| {
        let GuidePatient {
            insurer,
            symbol,
            number,
            ..
        } = patient;
        (insurer.clone(), symbol.clone(), number.clone())
    };
    let in_family = |patient: &&GuidePatient| {
        let others = all.iter().filter(|other| number(other) == number(patient));
        !patient.branch.is_empty() && others.count() > 1
    };
    let first = all.iter().find(in_family).expect("a family on one number");
    let family = all.iter().filter(|other| number(other) == number(first));
    let mut chosen: Vec<&GuidePatient> = family.take(3).collect();
    for story in STORIES {
        let one = app.patient(story);
        if chosen.iter().all(|known| known.name != one.name) {
            chosen.push(one);
        }
    }
    assert!(chosen.len() > 4, "{chosen:?}");
    chosen
}

async fn play(app: &TestApp) -> Play<'_> {
    let mut browsers = Vec::new();
    let mut tokens = Vec::new();
    for name in ACCOUNTS {
        let mut accounts = app.guide.accounts.iter();
        let account = accounts.find(|account| account.account == name);
        let browser = app.signed_in(account.expect("an account")).await;
        let page = browser.get("/").await.is(200);
        tokens.push(page.attributes("input[name=form_token]", "value").remove(0));
        browsers.push(browser);
    }
    Play {
        app,
        patients: patients(app),
        browsers,
        tokens,
        given: Vec::new(),
        candidates: Vec::new(),
        documents: Vec::new(),
    }
}

/// The one that is to be played again, or a new one.
#[expect(
    clippy::disallowed_methods,
    reason = "what is played is said to the test, not to the service"
)]
fn seed() -> u64 {
    let said = std::env::var("SEED").ok();
    let said = said.and_then(|seed| seed.parse().ok());
    said.unwrap_or_else(|| u64::from(std::process::id()))
}

/// `SEED=… cargo test --test it a_grant_for_one_patient` plays what a failure has printed.
#[actix_web::test]
async fn a_grant_for_one_patient_never_opens_another() {
    let seed = seed();
    eprintln!("SEED={seed}");
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(folder, |options| {
        options.finding.searching.at_once = 100_000;
    });
    let mut play = play(&app).await;
    for case in 0..CASES {
        let steps = steps(seed, case, play.patients.len());
        for (place, step) in steps.iter().enumerate() {
            eprintln!("case {case} step {place}: {step:?}");
            play.take(*step).await;
        }
        play.begin_anew().await;
    }
    let looks = app.entries().matches("\"viewed\"").count();
    assert!(looks > 40, "only {looks} looks in all");
}

#[actix_web::test]
async fn near_its_end_each_grant_is_renewed_for_the_patient_that_it_was_for() {
    let app = TestApp::start();
    let mut play = play(&app).await;
    for who in 0..ACCOUNTS.len() {
        for whom in [who, who + 1] {
            play.open(who, whom).await;
        }
    }
    app.clock.advance(Duration::from_mins(3 * 60 + 46));
    for (who, name) in ACCOUNTS.into_iter().enumerate() {
        let account = app.guide.accounts.iter().find(|one| one.account == name);
        let browser = app.signed_in(account.expect("an account")).await;
        for one in play.given.iter().filter(|one| one.who == who) {
            let old = format!("/summary/{}", one.id);
            let page = browser.get(&old).await.is(200);
            let mut fields = page.form("renew");
            fill(&mut fields, "reason", "1");
            let to = format!("/grants/{}/renew", one.id);
            let renewed = browser.post(&to, &pairs(&fields)).await.is(303);
            let path = renewed.location.expect("a place to go");
            let page = browser.get(&path).await.is(200);
            play.shows(&page, Some(one.whom), &path);
            browser.get(&old).await.is(410);
        }
    }
}
