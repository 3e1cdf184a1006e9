//! Terminals that are known by their client certificates, over real TLS.

use std::time::{Duration, Instant};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use emergency_summary::{cli::demo::GuideAccount, domain::clock::Clock, system::SystemClock};

use crate::{
    app::{fill, pairs},
    binary::{shown, sign_in},
    serve::{Installation, enrolled},
};

/// Who signs terminals' certificates.
type Authority = rcgen::CertifiedIssuer<'static, rcgen::KeyPair>;

/// Browsers are asked for a certificate that this authority signed.
fn trust_terminals_of(made: &Installation, authority: &Authority) {
    let file = shown(&made.folder.path().join("terminals.pem"));
    std::fs::write(&file, authority.pem()).expect("written");
    let config = std::fs::read_to_string(made.config()).expect("a file");
    let asked = format!("[tls]\nterminal_authorities = {file:?}\n");
    std::fs::write(made.config(), config.replace("[tls]\n", &asked)).expect("written");
}

fn authority() -> Authority {
    let mut params = rcgen::CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().expect("a key");
    rcgen::CertifiedIssuer::self_signed(params, key).expect("an authority")
}

/// A terminal's certificate with its key.
fn terminal_of(authority: &Authority, names: &[&str]) -> reqwest::Identity {
    terminal_until(
        authority,
        names,
        SystemClock.now().wall + TimeDelta::days(90),
    )
}

/// The same, with when its certificate ends; it was good for ninety days.
fn terminal_until(authority: &Authority, names: &[&str], ends: DateTime<Utc>) -> reqwest::Identity {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(names).expect("parameters");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let day = |at: DateTime<Utc>| {
        let day = |part: u32| u8::try_from(part).expect("of a calendar");
        rcgen::date_time_ymd(at.year(), day(at.month()), day(at.day()))
    };
    params.not_before = day(ends - TimeDelta::days(90));
    params.not_after = day(ends);
    let key = rcgen::KeyPair::generate().expect("a key");
    let signed = params.signed_by(&key, authority).expect("signed");
    let pem = format!("{}{}", signed.pem(), key.serialize_pem());
    reqwest::Identity::from_pem(pem.as_bytes()).expect("an identity")
}

#[actix_web::test]
async fn a_terminal_is_known_by_its_client_certificate_and_by_no_other() {
    let made = Installation::new().await;
    let (ours, another) = (authority(), authority());
    trust_terminals_of(&made, &ours);
    let (facility, link) = made.with_account("physician");
    made.administer(&[
        "terminal",
        "add",
        "回診車7",
        "--facility",
        &facility,
        "--location",
        "7階",
        "--by",
        "院長",
        "--certificate",
        "cart-7.ward.example",
    ]);
    let (_server, address) = made.serve();
    let cart = made.browser_with(address, Some(terminal_of(&ours, &["cart-7.ward.example"])));
    let physician = enrolled(&cart, &link).await;
    for stranger in [
        made.browser(address),
        made.browser_with(address, Some(terminal_of(&ours, &["cart-8.ward.example"]))),
        made.browser_with(
            address,
            Some(terminal_of(
                &ours,
                &["cart-7.ward.example", "cart-8.ward.example"],
            )),
        ),
    ] {
        let mut fields = stranger.get("/login").await.is(200).form("login");
        fill(&mut fields, "account", &physician.account);
        fill(&mut fields, "password", &physician.password);
        stranger.post("/login", &pairs(&fields)).await.is(403);
    }
    sign_in(&cart, &physician).await;
    let home = cart.get("/").await.is(200);
    assert!(home.texts("a.who").join("").contains("回診車7"));
    // The session is the terminal's: its cookie alone is worth nothing.
    let thief = made.browser(address);
    for (name, value) in cart.cookies() {
        thief.set_cookie(&name, &value);
    }
    thief.get("/").await.is(303);
    let forged = terminal_of(&another, &["cart-7.ward.example"]);
    let forged = made.browser_with(address, Some(forged));
    let answer = forged.try_get("/login").await;
    assert!(answer.is_none(), "another authority's certificate");
}

#[actix_web::test]
async fn an_administrator_sees_which_terminals_certificate_ends_before_it_does() {
    let made = Installation::new().await;
    let ours = authority();
    trust_terminals_of(&made, &ours);
    let (facility, _) = made.with_account("administrator");
    for (name, certificate) in [
        ("回診車7", "cart-7.ward.example"),
        ("回診車8", "cart-8.ward.example"),
    ] {
        let named = [
            "terminal",
            "add",
            name,
            "--facility",
            &facility,
            "--location",
            "7階",
        ];
        let known = ["--by", "院長", "--certificate", certificate];
        made.administer(&[&named[..], &known].concat());
    }
    let (mut server, address) = made.serve();
    // As long as nobody administers, a start makes the link anew.
    let named = server.until("first administrator: ");
    let link = server.until("/enrol/");
    let link = &link[link.find("/enrol/").expect("a path")..];
    let today = SystemClock.now().wall;
    let with = |name: &str, days: i64| {
        let ends = today + TimeDelta::days(days);
        made.browser_with(address, Some(terminal_until(&ours, &[name], ends)))
    };
    let cart = with("cart-7.ward.example", 80);
    let (_, account) = named.split_once(": ").expect("a name");
    let office = GuideAccount {
        account: account.to_owned(),
        ..enrolled(&cart, link).await
    };
    sign_in(&cart, &office).await;
    // One that no terminal is registered by, one that has ended, and one that soon does.
    with("cart-9.ward.example", 1).get("/login").await.is(200);
    let over = with("cart-8.ward.example", -1).try_get("/login").await;
    assert!(
        over.is_none(),
        "a certificate that has ended opens no connection"
    );
    let part = async || {
        let page = cart.get("/admin/health").await.is(200);
        page.texts("#part-certificates").join("")
    };
    let day = |days: i64| {
        // Midnight of that day; on a Japanese clock the same day.
        (today + TimeDelta::days(days))
            .format("%Y-%m-%d")
            .to_string()
    };
    until_said(&part, &["正常", "起動後に拒否した端末の証明書1件"]).await;
    with("cart-8.ward.example", 20).get("/login").await.is(200);
    until_said(&part, &["注意", "30日以内", &day(20)]).await;
    let list = cart.get("/admin/terminals").await.is(200);
    for said in [
        format!("cart-7.ward.example（期限 {}）", day(80)),
        format!("cart-8.ward.example（期限 {}）", day(20)),
    ] {
        assert!(list.body.contains(&said), "{said}");
    }
    // Renewed, it is no matter any more.
    with("cart-8.ward.example", 85).get("/login").await.is(200);
    until_said(&part, &["正常", &day(80)]).await;
}

/// Waits until the page of the next looks says all of it.
async fn until_said(part: &impl AsyncFn() -> String, words: &[&str]) {
    let begun = Instant::now();
    loop {
        let said = part().await.split_whitespace().collect::<String>();
        if words.iter().all(|word| said.contains(word)) {
            return;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(40),
            "{words:?}: {said}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
