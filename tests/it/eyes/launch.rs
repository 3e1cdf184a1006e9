//! Opening from the electronic chart in a real browser: a page of another site posts the token, so
//! the first request is without our strict cookies, and the second one has them.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

use crate::{app::TestApp, find};

use super::{
    driver::{Eye, Scripts, enter},
    layout::decided,
    walk::sign_in,
};

/// A page with one form at an address that is another site: `127.0.0.1`, not `localhost`. It is
/// served until the test is over.
fn chart(to: &str, token: &str) -> SocketAddr {
    let page = format!(
        "<!doctype html><title>chart</title><form id=go method=post action='{to}'>\
         <input type=hidden name=token value='{token}'><button>open</button></form>"
    );
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            if !stream.read(&mut [0; 8192]).is_ok_and(|read| read > 0) {
                continue;
            }
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n";
            let length = page.len();
            write!(stream, "{head}Content-Length: {length}\r\n\r\n{page}").ok();
        }
    };
    std::thread::Builder::new().spawn(serve).expect("a thread");
    address
}

/// Presses the chart's button; the page that follows is ours.
async fn press(eye: &Eye, chart: SocketAddr) {
    let client = eye.client();
    client
        .goto(&format!("http://{chart}/"))
        .await
        .expect("a page");
    let button = eye.element("form#go button").await;
    button.click().await.expect("pressed");
    eye.shown("body h1").await;
}

/// Nobody is named, neither the patient nor who is signed in.
async fn assert_names_nobody(app: &TestApp, eye: &Eye) {
    let source = eye.client().source().await.expect("a page");
    let patient = &app.guide.patients[0];
    for personal in [&*patient.name, &patient.kana, &patient.number, "佐藤 救"] {
        assert!(!source.contains(personal), "{personal}: {source}");
    }
}

#[actix_web::test]
async fn a_chart_of_another_site_leads_a_signed_in_physician_to_the_glass_and_no_further() {
    let (app, hospital, _) = find::launched();
    let eye = Eye::open(&app, Scripts::On).await;
    sign_in(&app, &eye).await;
    let token = find::token(&find::claims(&app, &hospital, "1"), find::KEY);
    let to = format!("http://localhost:{}/launch", app.address.port());
    let chart = chart(&to, &token);
    press(&eye, chart).await;
    eye.shown("form#launch").await;
    assert_names_nobody(&app, &eye).await;
    assert!(app.ledger.all_open_grants().is_empty());
    // The button has the focus; from our own page the session's cookie comes along.
    eye.write(&enter()).await;
    eye.shown("form#glass").await;
    let glass = eye.text("main").await;
    assert!(glass.contains(&app.guide.patients[0].name), "{glass}");
    assert!(app.ledger.all_open_grants().is_empty());
    eye.press("1").await;
    eye.write(&enter()).await;
    eye.shown("section#section-drugs").await;
    decided(&eye).await;
    assert_eq!(app.ledger.all_open_grants().len(), 1);
    // The same button once more: used, and nobody is named.
    press(&eye, chart).await;
    let said = eye.text("main").await;
    assert!(said.contains("1回だけ使えます"), "{said}");
    assert_names_nobody(&app, &eye).await;
    eye.close().await;
}

#[actix_web::test]
async fn a_chart_at_a_terminal_where_nobody_is_signed_in_waits_and_goes_on() {
    let (app, hospital, _) = find::launched();
    let eye = Eye::open(&app, Scripts::Off).await;
    let token = find::token(&find::claims(&app, &hospital, "1"), find::KEY);
    let to = format!("http://localhost:{}/launch", app.address.port());
    press(&eye, chart(&to, &token)).await;
    eye.shown("form#launch").await;
    eye.write(&enter()).await;
    eye.shown("#flash").await;
    let said = eye.text("#flash").await;
    assert!(said.contains("ログインしていない"), "{said}");
    assert_names_nobody(&app, &eye).await;
    // In the window beside it somebody signs in; then the button does what it says.
    let browser = app.physician().await;
    eye.adopt(&browser).await;
    eye.element("form#launch button")
        .await
        .click()
        .await
        .expect("pressed");
    eye.shown("form#glass").await;
    assert!(app.ledger.all_open_grants().is_empty());
    eye.close().await;
}
