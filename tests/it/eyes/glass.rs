//! The glass by keys: asked once more, consent, renewed, and the wrong patient out of sight.

use std::time::Duration;

use crate::app::{TestApp, open};

use super::{
    driver::{Eye, Scripts, enter},
    walk::{sign_in, type_number},
};

/// The glass page of the first patient.
async fn find(app: &TestApp, eye: &Eye) {
    type_number(app, eye).await;
    eye.write(&enter()).await;
    eye.shown("form#glass").await;
}

#[actix_web::test]
async fn the_sixth_reason_takes_one_more_enter_and_zero_leads_to_consent() {
    let app = TestApp::start();
    for scripts in [Scripts::On, Scripts::Off] {
        let eye = Eye::open(&app, scripts).await;
        sign_in(&app, &eye).await;
        find(&app, &eye).await;
        let note = eye.element("form#glass [name=note]").await;
        note.send_keys("新生児の母").await.expect("a note");
        let reason = eye.element("form#glass [name=reason]").await;
        reason.send_keys("6").await.expect("a reason");
        reason.send_keys(&enter()).await.expect("enter");
        eye.shown("form#glass [name=confirm]").await;
        assert!(eye.text("#flash").await.contains("もう一度"));
        eye.shown("#joined:focus").await;
        eye.write(&enter()).await;
        eye.shown("#banner").await;
        eye.shown("#renewal[hidden]").await;
        let end = eye.element("form#end-wrong-patient button").await;
        end.click().await.expect("a press");
        eye.shown("form#search").await;

        find(&app, &eye).await;
        eye.shown("form#glass [name=reason]:focus").await;
        eye.write(&("0".to_owned() + &enter())).await;
        eye.shown("form#consent").await;
        eye.goto("/grants").await;
        eye.shown(".own").await;
        eye.close().await;
    }
}

#[actix_web::test]
async fn near_the_end_r_and_a_digit_renew_and_x_covers_at_once() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    app.clock.advance(Duration::from_mins(3 * 60 + 46));
    let browser = app.physician().await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    eye.goto(&path).await;
    eye.shown("#renewal:not([hidden])").await;
    eye.press("r").await;
    eye.shown("form#renew [name=reason]:focus").await;
    // A scanner's burst into it renews nothing.
    eye.write(&("4912345678904".to_owned() + &enter())).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!app.entries().contains("\"renews\""));
    eye.goto(&path).await;
    eye.press("r").await;
    eye.shown("form#renew [name=reason]:focus").await;
    eye.write("2").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    eye.write(&enter()).await;
    eye.shown("#renewal[hidden]").await;
    assert_ne!(eye.path().await, path);
    eye.press("x").await;
    eye.shown("form#search").await;
    assert!(app.entries().contains("\"end\":\"wrong_patient\""));
    eye.close().await;
}
