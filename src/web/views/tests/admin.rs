//! The administrator's pages, and the one-time link.

use chrono::NaiveDate;

use crate::{
    access::{
        Authenticator, AuthenticatorKind, Enrolment, NotChanged, OpenLink,
        admin::{
            Account, AccountFile, Disaster, Facility, Flaw, IssuedLink, Known, Mark, Matcher,
            NoWayIn, Overview, Permission, PermissionGiven, SealedAccount, SealedSecrets, Terminal,
            TerminalCode, Unused,
        },
    },
    domain::access::{AccountId, AuthenticatorId, FacilityId, TerminalId},
    web::views::{
        admin::{
            account::AccountPage,
            accounts::{AccountsPage, Filter},
            disaster::DisasterPage,
            overview::OverviewPage,
            permissions::{PermissionTyped, PermissionsPage},
            sealed::SealedPage,
            secret::{CodePage, LinkPage, SheetPage},
            terminals::{TerminalTyped, TerminalsPage},
        },
        enrol::{EnrolPage, EnrolSaid},
    },
};

use super::*;
use crate::registry::Delegation;

/// Where the sample is reached.
pub(super) const ORIGIN: &str = "https://summary.example";

fn mark() -> Mark {
    Mark {
        by: "a9".into(),
        at: sample::now().wall,
    }
}

fn permission() -> Permission {
    Permission {
        given_by: "a9".into(),
        given_at: sample::now().wall,
        until: NaiveDate::from_ymd_opt(2026, 11, 30).unwrap(),
        ends: None,
        is_delegated: true,
    }
}

fn account(id: &str, name: &str, role: Role) -> Account {
    Account {
        id: AccountId(id.into()),
        facility: FacilityId("f1".into()),
        sign_in: format!("sign-{id}"),
        name: name.into(),
        role,
        language: Language::Ja,
        epoch: 1,
        grants_from: 1,
        factors_given: None,
        permission: (role == Role::Physician).then(permission),
        glass_used: None,
        created: Some(mark()),
        disabled: (role == Role::Clerk).then(mark),
        delegation: None,
        as_of: None,
    }
}

fn accounts() -> Vec<Account> {
    let hostile = "佐藤 <script>alert(1)</script>";
    vec![
        account("a9", "工藤 管理", Role::Administrator),
        account("a2", hostile, Role::Physician),
        account("a3", "森 かおる", Role::Nurse),
        account("a4", "上田 受付", Role::Clerk),
    ]
}

fn facility() -> Facility {
    let until = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
    Facility {
        id: FacilityId("f1".into()),
        name: "模擬中央病院".into(),
        kind: FacilityKind::Hospital,
        number: None,
        disaster: Some(Disaster {
            area: "沿岸部 地震".into(),
            until,
            by: "a9".into(),
            at: sample::now().wall,
        }),
    }
}

fn terminal() -> Terminal {
    Terminal {
        id: TerminalId("t1".into()),
        facility: FacilityId("f1".into()),
        name: "初療室2".into(),
        location: "1階 救急外来".into(),
        matcher: Matcher::Cookie,
        device: "hash".into(),
        idle_lock_seconds: 900,
        registered_by: "a9".into(),
        registered_at: sample::now().wall,
        ends: None,
        revoked: None,
    }
}

/// One that is known by its client certificate.
fn cart() -> Terminal {
    Terminal {
        id: TerminalId("t2".into()),
        name: "回診車7".into(),
        matcher: Matcher::Certificate,
        device: "cart-7.ward.example".into(),
        ..terminal()
    }
}

fn sealed(confirmed: bool) -> SealedAccount {
    SealedAccount {
        account: AccountId(format!("a-{confirmed}")),
        facility: FacilityId("f1".into()),
        proposed: Mark {
            by: "a2".into(),
            at: sample::now().wall,
        },
        confirmed: confirmed.then(mark),
        used_at: None,
    }
}

fn file() -> AccountFile {
    AccountFile {
        account: accounts().remove(1),
        authenticators: vec![Authenticator {
            id: AuthenticatorId("u1".into()),
            account: AccountId("a2".into()),
            kind: AuthenticatorKind::Totp,
            name: "電話".into(),
            added_at: Some(sample::now().wall),
            last_used: None,
        }],
        permissions: vec![PermissionGiven {
            permission: permission(),
            revoked: Some(mark()),
        }],
        sessions: 2,
        is_sealed: false,
        no_way_in: None,
        needed: vec![AuthenticatorId("u1".into())],
    }
}

/// Whose passkey was removed, and who has no password.
fn stuck() -> AccountFile {
    AccountFile {
        no_way_in: Some(NoWayIn::CodesAlone),
        needed: Vec::new(),
        ..file()
    }
}

fn open_link() -> OpenLink {
    OpenLink {
        name: "森 かおる".into(),
        sign_in: "ns-mori".into(),
        facility_name: "模擬中央病院".into(),
        account: AccountId("a3".into()),
        enrolment: Enrolment {
            totp_secret: "ABCDEFGH234567AB".into(),
            otpauth: "otpauth://totp/x?secret=ABCDEFGH234567AB".into(),
            sealed: "sealed".into(),
        },
    }
}

fn overview() -> Overview {
    Overview {
        facility: facility(),
        in_disaster: true,
        accounts: 3,
        disabled: 1,
        ending: accounts().into_iter().skip(1).take(1).collect(),
        unused: 1,
        delegates: Vec::new(),
        terminals: vec![terminal()],
        sealed: vec![sealed(false), sealed(true)],
        sealed_uses: vec![sample::now().wall],
    }
}

type Named = (&'static str, Result<HttpResponse, Problem>);

/// Every page of the administrator, and those of the link that he makes, by name.
pub(super) fn pages(language: Language) -> Vec<(&'static str, HttpResponse)> {
    [
        lists(language),
        once(language),
        permissions(language),
        enrolment(language),
    ]
    .into_iter()
    .flatten()
    .map(|(name, page)| (name, page.unwrap()))
    .collect()
}

fn lists(language: Language) -> Vec<Named> {
    let context = sample::context(language);
    let viewer = sample::administrator(language);
    let now = sample::now();
    let all = accounts();
    let mut said = context.clone();
    said.query.done = "disabled".into();
    let list = AccountsPage::new(&context, &viewer, &all, &Filter::default());
    let wrong = AccountsPage::new(&context, &viewer, &all, &Filter::default());
    let flaw = NotChanged::Flaw(Flaw::RoleMissing);
    let terminals = TerminalsPage::new(&context, &viewer, &[terminal()], &all, now);
    let sealed = [sealed(false), sealed(true)];
    vec![
        (
            "admin",
            OverviewPage::new(&context, &viewer, &overview()).respond(),
        ),
        ("admin accounts", list.respond()),
        (
            "admin accounts again",
            wrong.not_added("<script>", "名前", "", flaw).respond(),
        ),
        (
            "admin account",
            AccountPage::new(&said, &viewer, &file(), &all).respond(),
        ),
        (
            "admin account stuck",
            AccountPage::new(&context, &viewer, &stuck(), &all).respond(),
        ),
        ("admin terminals", terminals.respond()),
        (
            "admin terminals certificate",
            TerminalsPage::new(&context, &viewer, &[terminal(), cart()], &all, now)
                .ending(|name| (name == "cart-7.ward.example").then_some(now.wall))
                .respond(),
        ),
        ("admin terminals taken", taken(&context, &viewer).respond()),
        (
            "admin disaster",
            DisasterPage::new(&context, &viewer, &facility(), ("", ""), now).respond(),
        ),
        (
            "admin sealed",
            SealedPage::new(&context, &viewer, &sealed, &all).respond(),
        ),
    ]
}

/// A range that another terminal has.
fn taken(context: &crate::web::context::Context, viewer: &crate::access::Viewer) -> TerminalsPage {
    let pool = Terminal {
        name: "救急車載端末".to_owned(),
        matcher: Matcher::Range,
        device: "10.1.2.0/24".to_owned(),
        ..terminal()
    };
    let typed = TerminalTyped {
        name: "<script>",
        location: "車庫",
        idle_lock: "600",
        kind: "range",
        device: "10.1.2.128/25",
    };
    let known = Known::read(typed.kind, typed.device).unwrap();
    TerminalsPage::new(context, viewer, &[pool], &accounts(), sample::now())
        .typed_known(&typed)
        .refused_known(NotChanged::Flaw(Flaw::KnownAlready), Some(&known))
}

/// What is shown once.
fn once(language: Language) -> Vec<Named> {
    let context = sample::context(language);
    let viewer = sample::administrator(language);
    let ends = sample::now().wall;
    let link = IssuedLink {
        account: AccountId("a3".into()),
        sign_in: "ns-mori".into(),
        token: "token-of-the-link".into(),
        ends,
    };
    let code = TerminalCode {
        code: "ABCD-EFGH-2345".into(),
        ends,
    };
    let secrets = SealedSecrets {
        account: AccountId("a8".into()),
        sign_in: "sealed-abcdef".into(),
        password: "abcdefghijklmnop".into(),
        code: "12345678".into(),
    };
    vec![
        (
            "admin link",
            LinkPage::new(&context, &viewer, (&link, "森 かおる"), ORIGIN)
                .and_then(LinkPage::respond),
        ),
        (
            "admin code",
            CodePage::new(&context, &viewer, &code, ("初療室3", "1階"), ORIGIN).respond(),
        ),
        (
            "admin sheet",
            SheetPage::new(&context, &viewer, &secrets, ends).respond(),
        ),
    ]
}

fn permissions(language: Language) -> Vec<Named> {
    let context = sample::context(language);
    let viewer = sample::administrator(language);
    let delegate = crate::access::Viewer {
        may_permit: true,
        ..sample::viewer(Role::Physician, language)
    };
    let now = sample::now();
    let mut all = accounts();
    all[2].delegation = Some(Delegation {
        given_by: "a9".into(),
        given_at: now.wall,
        ends: now.wall + std::time::Duration::from_hours(12),
    });
    let unused = [Unused {
        account: all[1].clone(),
        since: now.wall,
    }];
    let typed = PermissionTyped::default();
    vec![
        (
            "admin permissions",
            PermissionsPage::new(&context, &viewer, (&all, &unused), &typed, now).respond(),
        ),
        (
            "admin permissions delegate",
            PermissionsPage::new(&context, &delegate, (&all, &[]), &typed, now)
                .refused(NotChanged::Flaw(Flaw::Himself))
                .respond(),
        ),
    ]
}

fn enrolment(language: Language) -> Vec<Named> {
    let context = sample::context(language);
    let again = EnrolPage::new(&context, &open_link()).unwrap();
    vec![
        (
            "enrol",
            EnrolPage::new(&context, &open_link()).and_then(EnrolPage::respond),
        ),
        (
            "enrol again",
            again.refused(NotChanged::Flaw(Flaw::WrongCode)).respond(),
        ),
        ("enrol over", EnrolSaid::over(&context).respond()),
        ("enrol done", EnrolSaid::done(&context).respond()),
        (
            "enrol done by passkey",
            EnrolSaid::done_by_passkey(&context).respond(),
        ),
    ]
}

#[actix_web::test]
async fn a_delegate_sees_the_permission_page_and_no_way_to_the_others() {
    for (name, page) in pages(Language::Ja) {
        let page = html(page).await;
        if name == "admin permissions delegate" {
            assert_eq!(count(&page, "form#give-hours"), 1);
            for other in ["a[href='/admin']", "form#give", "form#delegate", "#unused"] {
                assert_eq!(count(&page, other), 0, "{other}");
            }
        }
        if name == "admin permissions" {
            assert_eq!(count(&page, "form#give"), 1);
            // Nobody gives to himself.
            assert_eq!(count(&page, "option[value=a1]"), 0);
        }
    }
}

#[actix_web::test]
async fn what_ends_somebodys_access_takes_a_second_press_beside_whose_and_what() {
    let mut seen = std::collections::BTreeSet::new();
    for (name, page) in pages(Language::Ja) {
        let page = html(page).await;
        for form in [
            "revoke-",
            "unused-",
            "undelegate-",
            "remove-",
            "disable",
            "sign-out",
        ] {
            let all = count(&page, &format!("form[id^={form}]"));
            let behind = format!("details.twice:not([open]) > p ~ form[id^={form}]");
            let twice = count(&page, &behind);
            assert_eq!(all, twice, "{name}: {form}");
            if all > 0 {
                seen.insert(form);
            }
        }
        let nameless = count(&page, "details.twice > p > b:empty");
        assert_eq!(nameless, 0, "{name}: whose");
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
}

#[actix_web::test]
async fn a_terminal_known_already_is_named_and_what_was_typed_is_kept() {
    let context = sample::context(Language::Ja);
    let viewer = sample::administrator(Language::Ja);
    let page = html(taken(&context, &viewer).respond().unwrap()).await;
    assert!(page.contains("救急車載端末（10.1.2.0/24）"), "{page}");
    for kept in [
        "form#add-known input[name=device][value='10.1.2.128/25']",
        "form#add-known input[name=location][value='車庫']",
        "form#add-known option[value=range][selected]",
        "form#add-known option[value='600'][selected]",
    ] {
        assert_eq!(count(&page, kept), 1, "{kept}");
    }
    assert_eq!(count(&page, "form#add input[name=name][value]"), 0);
}

#[test]
fn what_an_address_says_was_done_is_one_of_the_known_sentences() {
    for language in BOTH {
        let t = Text::of(language);
        assert!((t.admin.done)("disabled").is_some());
        for unknown in ["", "<script>", "everything"] {
            assert_eq!((t.admin.done)(unknown), None);
        }
    }
}
