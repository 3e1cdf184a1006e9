//! What administrators, delegates and owners change.

use std::time::Duration;

use secrecy::ExposeSecret;

use super::house::{House, Login, PASSWORD, caller, glass, refusal};
use crate::{
    access::{
        Proof, Refusal, SignedIn, Viewer,
        admin::{AccountForm, DisasterForm, Error, Flaw, IssuedLink, TerminalForm},
    },
    domain::access::{AccountId, Flag, Role},
};

pub(super) const NEW_PASSWORD: &str = "seven swans of the northern lake";
pub(super) const HOUR: Duration = Duration::from_hours(1);

impl House {
    pub(super) fn invitation(&self, sign_in: &str, role: Role) -> AccountForm {
        AccountForm {
            facility: self.hospital.clone(),
            sign_in: sign_in.to_owned(),
            name: "新任".to_owned(),
            role,
        }
    }

    pub(super) fn totp_code(&self, secret: &str) -> String {
        self.code(&Login {
            name: "",
            id: AccountId(String::new()),
            secret: data_encoding::BASE32_NOPAD
                .decode(secret.as_bytes())
                .unwrap()
                .into(),
        })
    }

    /// Opens a link and sets a password and a TOTP authenticator on it.
    pub(super) async fn enrol(&self, link: &IssuedLink, password: &str) -> Result<Login, Error> {
        let token = link.token.expose_secret();
        let open = self.access.open_link(token).await?;
        let secret = open.enrolment.totp_secret.expose_secret();
        let proof = Proof::Totp {
            sealed: open.enrolment.sealed,
            code: self.totp_code(secret),
            name: "電話".to_owned(),
        };
        let here = caller(None);
        self.access
            .use_link(token, password.into(), proof, &here)
            .await?;
        Ok(Login {
            name: "new",
            id: link.account.clone(),
            secret: data_encoding::BASE32_NOPAD
                .decode(secret.as_bytes())
                .unwrap()
                .into(),
        })
    }

    pub(super) async fn sign_in_with(&self, login: &Login, password: &str) -> SignedIn {
        self.clock.pass(Duration::from_secs(30));
        let code = self.code(login);
        self.try_sign_in(login.name, password, Some(&code), &caller(None))
            .await
    }
}

/// An administrator of the other facility.
async fn stranger(house: &House) -> Viewer {
    let mut form = house.invitation("stranger", Role::Administrator);
    form.facility = house.fire.clone();
    let link = house.admin.invite("", form).await.unwrap();
    let login = house.enrol(&link, NEW_PASSWORD).await.unwrap();
    let login = Login {
        name: "stranger",
        ..login
    };
    let SignedIn::Done(session) = house.sign_in_with(&login, NEW_PASSWORD).await else {
        panic!("not signed in")
    };
    house
        .viewer(&(caller(session.device), session.session))
        .await
}

#[tokio::test]
async fn whoever_is_invited_sets_password_and_factor_himself_and_once() {
    let house = House::new().await;
    let admin = house.signed_in("admin", Role::Administrator).await;
    let form = house.invitation("new", Role::Nurse);
    let link = house.admin.invite(&admin, form).await.unwrap();
    let before = house.access.inner.hasher.done();
    let here = caller(None);
    let early = house.try_sign_in("new", "", Some("000000"), &here).await;
    assert_eq!(refusal(&early), Refusal::UnknownOrWrong);
    assert_eq!(house.access.inner.hasher.done(), before + 1);

    for weak in ["short", "password1", "中央病院1234"] {
        let refused = house.enrol(&link, weak).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{weak}");
    }
    let login = house.enrol(&link, NEW_PASSWORD).await.unwrap();
    let again = house.enrol(&link, NEW_PASSWORD).await.unwrap_err();
    assert_eq!(again, Error::Invalid(Flaw::Over));
    let answer = house
        .try_sign_in(
            "new",
            NEW_PASSWORD,
            Some(&house.code(&login)),
            &caller(None),
        )
        .await;
    let used = refusal(&answer);
    assert!(matches!(used, Refusal::UsedCode(_)), "the proving code");
    let answer = house.sign_in_with(&login, NEW_PASSWORD).await;
    assert!(matches!(answer, SignedIn::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn a_link_ends_after_a_day_with_a_newer_one_and_with_its_account() {
    let house = House::new().await;
    let admin = house.signed_in("admin", Role::Administrator).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let link = async || house.admin.make_link(&admin, &doctor.id).await.unwrap();
    let over = async |link: &IssuedLink| {
        let answer = house.access.open_link(link.token.expose_secret()).await;
        matches!(answer, Err(Error::Invalid(Flaw::Over)))
    };
    let first = link().await;
    assert!(!over(&first).await);
    let second = link().await;
    assert!(over(&first).await && !over(&second).await);
    house.clock.set_wall_back(HOUR);
    assert!(over(&second).await, "a clock set back");
    house.clock.pass(HOUR * 25);
    assert!(over(&second).await);
    // The administrator's own session is over by now; the command line makes the next.
    let third = house.admin.make_link("", &doctor.id).await.unwrap();
    assert!(!over(&third).await);
    house.admin.disable("", &doctor.id).await.unwrap();
    assert!(over(&third).await);
    assert!(
        over(&IssuedLink {
            token: "x".into(),
            ..third
        })
        .await
    );
}

#[tokio::test]
async fn links_and_codes_end_with_the_account_that_made_them() {
    let house = House::new().await;
    let office = house.signed_in("office", Role::Administrator).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let link = house.admin.make_link(&office, &nurse.id).await.unwrap();
    let form = TerminalForm {
        facility: house.hospital.clone(),
        name: "初療室".to_owned(),
        location: "救急外来".to_owned(),
        idle_lock_seconds: 900,
    };
    let made = house.admin.make_code(&office, form).await.unwrap();
    house
        .admin
        .disable("console", &office.account)
        .await
        .unwrap();
    house
        .admin
        .enable("console", &office.account)
        .await
        .unwrap();
    let opened = house.access.open_link(link.token.expose_secret()).await;
    assert_eq!(opened.unwrap_err(), Error::Invalid(Flaw::Over));
    let here = caller(None);
    let code = made.code.expose_secret();
    let registered = house.access.register_terminal(code, &here).await;
    assert!(!matches!(registered, Ok(Ok(_))), "{registered:?}");
}

#[tokio::test]
async fn a_disabled_account_looks_unknown_costs_the_same_and_its_sessions_are_over() {
    let house = House::new().await;
    let admin = house.signed_in("admin", Role::Administrator).await;
    let doctor = house.account("doctor", Role::Physician).await;
    let seat = house.seat(&doctor).await;
    house.admin.disable(&admin, &doctor.id).await.unwrap();
    let viewer = house.access.viewer(&seat.1, seat.0.clone()).await;
    assert!(viewer.is_err());
    house.clock.pass(Duration::from_secs(30));
    let code = house.code(&doctor);
    let before = house.access.inner.hasher.done();
    let answer = house
        .try_sign_in("doctor", PASSWORD, Some(&code), &seat.0)
        .await;
    assert_eq!(refusal(&answer), Refusal::UnknownOrWrong);
    assert_eq!(house.access.inner.hasher.done(), before + 1);
    house.admin.enable(&admin, &doctor.id).await.unwrap();
    house.sign_in(&doctor, &seat.0).await;
    let himself = house.admin.disable(&admin, &admin.account).await;
    assert_eq!(himself, Err(Error::Invalid(Flaw::Himself)));
}

#[tokio::test]
async fn nobody_changes_another_facility_and_what_is_not_there_looks_the_same() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let stranger = stranger(&house).await;
    let nobody = AccountId("a-nobody".to_owned());
    let until = "2026-12-31".parse().unwrap();
    for id in [&doctor.id, &nobody] {
        let answers = [
            house.admin.permit(id, until, &stranger).await,
            house.admin.permit_for(id, 1, &stranger).await,
            house.admin.revoke(id, &stranger).await,
            house.admin.delegate(id, 1, &stranger).await,
            house.admin.disable(&stranger, id).await,
            house.admin.enable(&stranger, id).await,
            house.admin.make_link(&stranger, id).await.map(drop),
            house.admin.authenticators(&stranger, id).await.map(drop),
            house.admin.permissions(&stranger, id).await.map(drop),
        ];
        for answer in answers {
            assert_eq!(answer, Err(Error::Unknown), "{id}");
        }
    }
    let hospital = &house.hospital;
    let disaster = DisasterForm {
        area: "湾岸".to_owned(),
        until,
    };
    let answers = [
        house.admin.accounts(&stranger, hospital).await.map(drop),
        house.admin.terminals(&stranger, hospital).await.map(drop),
        house.admin.unused(&stranger, hospital).await.map(drop),
        house
            .admin
            .set_disaster(&stranger, hospital, disaster)
            .await,
        house
            .admin
            .propose_sealed(&stranger, hospital)
            .await
            .map(drop),
        house
            .admin
            .invite(&stranger, house.invitation("x", Role::Nurse))
            .await
            .map(drop),
    ];
    for answer in answers {
        assert_eq!(answer, Err(Error::Unknown));
    }
    let account = house.admin.find("doctor").await.unwrap();
    assert_eq!((account.permission, account.epoch), (None, 1));
}

#[tokio::test]
async fn no_other_role_administers_and_every_act_names_who_did_it() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let until = "2026-12-31".parse().unwrap();
    for (name, role) in [("nurse", Role::Nurse), ("auditor", Role::Auditor)] {
        let viewer = house.signed_in(name, role).await;
        let answer = house.admin.permit(&doctor.id, until, &viewer).await;
        assert_eq!(answer, Err(Error::NotAllowed), "{name}");
        assert_eq!(house.newest().await["event"], "refused");
    }
    let admin = house.signed_in("admin", Role::Administrator).await;
    let locked = Viewer {
        locked: true,
        ..admin.clone()
    };
    let answer = house.admin.permit(&doctor.id, until, &locked).await;
    assert_eq!(answer, Err(Error::NotAllowed));
    house.admin.permit(&doctor.id, until, &admin).await.unwrap();
    let entry = house.newest().await.to_string();
    for said in ["permission_given", &admin.account.0, &doctor.id.0] {
        assert!(entry.contains(said), "{said} in {entry}");
    }
}

#[tokio::test]
async fn nothing_is_changed_that_cannot_be_recorded() {
    let house = House::new().await;
    let doctor = house.account("doctor", Role::Physician).await;
    let admin = house.signed_in("admin", Role::Administrator).await;
    house.break_ledger();
    let until = "2026-12-31".parse().unwrap();
    let answers = [
        house.admin.permit(&doctor.id, until, &admin).await,
        house.admin.delegate(&doctor.id, 1, &admin).await,
        house.admin.disable(&admin, &doctor.id).await,
        house.admin.make_link(&admin, &doctor.id).await.map(drop),
    ];
    for answer in answers {
        assert_eq!(answer, Err(Error::CannotRecord));
    }
    let account = house.admin.find("doctor").await.unwrap();
    assert_eq!((account.permission, account.delegation), (None, None));
    assert_eq!(account.disabled, None);
}

#[tokio::test]
async fn a_delegate_permits_others_for_a_day_at_most_and_never_himself() {
    let house = House::new().await;
    let admin = house.signed_in("admin", Role::Administrator).await;
    let night = house.account("night", Role::Physician).await;
    let nurse = house.account("nurse", Role::Nurse).await;
    let seat = house.seat(&night).await;
    let before = house.viewer(&seat).await;
    assert!(!before.may_permit);
    house.admin.delegate(&night.id, 12, &admin).await.unwrap();
    let night = house.viewer(&seat).await;
    assert!(night.may_permit && !night.emergency_permission);

    let himself = house.admin.permit_for(&night.account, 1, &night).await;
    assert_eq!(himself, Err(Error::Invalid(Flaw::Himself)));
    let until = "2026-12-31".parse().unwrap();
    let for_long = house.admin.permit(&nurse.id, until, &night).await;
    assert_eq!(for_long, Err(Error::NotAllowed));
    for hours in [0, 25] {
        let answer = house.admin.permit_for(&nurse.id, hours, &night).await;
        assert_eq!(answer, Err(Error::Invalid(Flaw::Hours)), "{hours}");
    }
    house.admin.permit_for(&nurse.id, 24, &night).await.unwrap();
    let given = house.admin.permissions(&admin, &nurse.id).await.unwrap();
    assert!(given[0].permission.is_delegated);
    assert_eq!(given[0].permission.given_by, night.account.0);
    let account = house.admin.find("nurse").await.unwrap();
    assert!(account.may_break_glass(house.access.inner.clock.now()));
    house.clock.pass(HOUR * 12);
    let account_now = house.admin.find("night").await.unwrap();
    assert!(!account_now.is_delegate(house.access.inner.clock.now()));
    house.clock.pass(HOUR * 12);
    assert!(!account.may_break_glass(house.access.inner.clock.now()));
}

#[tokio::test]
async fn a_delegation_ends_at_once_and_an_hour_is_no_shorter_than_what_there_was() {
    let house = House::new().await;
    let admin = house.signed_in("admin", Role::Administrator).await;
    let night = house.account("night", Role::Physician).await;
    let nurse = house.permitted("nurse", Role::Nurse).await;
    let seat = house.seat(&night).await;
    house.admin.delegate(&night.id, 24, &admin).await.unwrap();
    let viewer = house.viewer(&seat).await;
    let shorter = house.admin.permit_for(&nurse.id, 24, &viewer).await;
    assert_eq!(shorter, Err(Error::Invalid(Flaw::AlreadyLonger)));
    house.admin.revoke(&nurse.id, &viewer).await.unwrap();
    house.admin.permit_for(&nurse.id, 2, &viewer).await.unwrap();
    house.permitted("pharmacist", Role::Pharmacist).await;
    house.admin.end_delegation(&night.id, &admin).await.unwrap();
    let viewer = house.viewer(&seat).await;
    let answer = house.admin.permit_for(&nurse.id, 3, &viewer).await;
    assert_eq!(answer, Err(Error::NotAllowed));
    // What was given under it is taken back, and nothing else.
    let now = house.access.inner.clock.now();
    for (name, may) in [("nurse", false), ("pharmacist", true)] {
        let account = house.admin.find(name).await.unwrap();
        assert_eq!(account.may_break_glass(now), may, "{name}");
    }
    let history = house.admin.permissions(&admin, &nurse.id).await.unwrap();
    let revoked = history[0].revoked.as_ref().unwrap();
    assert_eq!(revoked.by, admin.account.0);
    let said = ["refused", "administered", "administered"];
    assert_eq!(house.entries().await[..3], said);
    let auditor = house.account("auditor", Role::Auditor).await;
    let answer = house.admin.delegate(&auditor.id, 1, &admin).await;
    assert_eq!(answer, Err(Error::Invalid(Flaw::Role)));
}

#[tokio::test]
async fn permissions_unused_for_ninety_days_are_reported_and_a_grant_is_a_use() {
    let house = House::new().await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    house.permitted("nurse", Role::Nurse).await;
    let unused = async || -> Vec<String> {
        let found = house.admin.unused("", &house.hospital).await.unwrap();
        found.into_iter().map(|one| one.account.sign_in).collect()
    };
    house.clock.pass(HOUR * 24 * 60);
    assert!(unused().await.is_empty());
    let seat = house.seat(&doctor).await;
    let viewer = house.viewer(&seat).await;
    let candidate = house.candidate(&viewer, "01").await;
    let glass = glass(&candidate, "1");
    house.access.open_grant(&viewer, &glass).await.unwrap();
    let noted = async || {
        let account = house.admin.find("doctor").await.unwrap();
        account.glass_used.is_some()
    };
    assert!(!noted().await, "no page waits for it");
    house.access.sweep().await;
    assert!(noted().await);
    house.clock.pass(HOUR * 24 * 30);
    assert_eq!(unused().await, ["nurse"]);
    house.clock.pass(HOUR * 24 * 60);
    assert_eq!(unused().await, ["nurse", "doctor"]);
}

#[tokio::test]
async fn what_is_opened_soon_after_an_administrators_link_was_used_is_flagged_for_three_days() {
    let house = House::new().await;
    let admin = house.account("admin", Role::Administrator).await;
    let doctor = house.permitted("doctor", Role::Physician).await;
    let viewer = house.viewer(&house.seat(&doctor).await).await;
    assert!(viewer.flags.is_empty());
    let office = house.viewer(&house.seat(&admin).await).await;
    let link = house.admin.make_link(&office, &doctor.id).await.unwrap();
    let viewer = house.viewer(&house.seat(&doctor).await).await;
    assert!(viewer.flags.is_empty(), "nothing was set on it yet");
    let doctor = house.enrol(&link, PASSWORD).await.unwrap();
    let doctor = Login {
        name: "doctor",
        ..doctor
    };
    let viewer = house.viewer(&house.seat(&doctor).await).await;
    assert_eq!(viewer.flags, [Flag::FactorsResetLately].into());
    let form = glass(&house.candidate(&viewer, "01").await, "1");
    let id = house.access.open_grant(&viewer, &form).await.unwrap();
    let entry = house.newest().await;
    assert_eq!(entry["event"], "grant_started", "nothing more is asked");
    let word = serde_json::json!(["factors_reset_lately"]);
    assert_eq!(entry["fields"]["flags"], word);
    let grant = house.access.grant(&viewer, &id).await.unwrap();
    assert_eq!(grant.flags, viewer.flags);

    house.clock.pass(HOUR * 71);
    let viewer = house.viewer(&house.seat(&doctor).await).await;
    assert_eq!(viewer.flags, [Flag::FactorsResetLately].into());
    house.clock.pass(HOUR);
    let viewer = house.viewer(&house.seat(&doctor).await).await;
    assert!(viewer.flags.is_empty());
}

#[tokio::test]
async fn what_anybody_would_try_first_is_no_password() {
    let house = House::new().await;
    let form = house.invitation("doctor", Role::Physician);
    let link = house.admin.invite("院長", form).await.unwrap();
    for password in ["password123", "doctor2026", "中央病院1234"] {
        let set = house.enrol(&link, password).await;
        assert_eq!(set.unwrap_err(), Error::Invalid(Flaw::PasswordCommon));
    }
    // Small letters and spaces: length is what counts.
    house.enrol(&link, "a password of mine").await.unwrap();
}
