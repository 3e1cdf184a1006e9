//! The patients that colleagues have open: joined by keys. And a screen that is left alone.

use std::{sync::Arc, time::Duration};

use fantoccini::Locator;

use crate::app::{TestApp, open};

use super::{
    driver::{Eye, Scripts, enter},
    walk::{sign_in_as, walk},
};

#[actix_web::test]
async fn a_screen_left_alone_locks_itself_with_scripts_off() {
    const SEAT: u64 = 20;
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(folder, |options| options.budgets.idle_lock_seconds = SEAT);
    let eye = Eye::open(&app, Scripts::Off).await;
    walk(&app, &eye).await;
    // The app's clock stands; the browser's goes on.
    app.clock.advance(Duration::from_secs(SEAT - 1));
    eye.client()
        .wait()
        .at_most(Duration::from_secs(4 * SEAT))
        .for_element(Locator::Css("form#unlock"))
        .await
        .expect("the lock");
    let left = eye.client().source().await.expect("the page");
    assert!(!left.contains("ペニシリン") && !left.contains(&app.guide.patients[0].name));
    eye.back().await;
    eye.shown("form#unlock").await;
    let left = eye.client().source().await.expect("the page");
    assert!(!left.contains("ペニシリン"), "nor is it behind the lock");
    eye.close().await;
}

/// Types into one field, wherever the focus is.
async fn type_into(eye: &Eye, selector: &str, keys: &str) {
    let field = eye.element(selector).await;
    field.send_keys(keys).await.expect("keys are taken");
}

/// Types where the focus is, once the reason field has it: nothing is clicked.
async fn type_reason(eye: &Eye, keys: &str) {
    eye.shown("[name=reason]:focus").await;
    eye.write(&(keys.to_owned() + &enter())).await;
}

#[actix_web::test]
async fn a_colleagues_patient_is_joined_by_keys_and_a_burst_joins_nothing() {
    let app = TestApp::start();
    let first = app.physician().await;
    open(&first, &app.guide.patients[0]).await;
    let accounts = &app.guide.accounts;
    let colleague = accounts.iter().find(|account| account.account == "dr-kato");
    let colleague = colleague.expect("a second physician");
    for scripts in [Scripts::On, Scripts::Off] {
        let eye = Eye::open(&app, scripts).await;
        sign_in_as(&app, &eye, colleague).await;
        eye.shown("form#current-1").await;
        type_into(&eye, "form#current-1 button", &enter()).await;
        eye.shown("form#glass #joined").await;
        // Into every field but the reason a scanner may type what it likes.
        let burst = "49A23456789012345678".to_owned() + &enter();
        for field in ["judged_by", "note"] {
            type_into(&eye, &format!("form#glass [name={field}]"), &burst).await;
        }
        // As long as the page would need to do what it must not do.
        tokio::time::sleep(Duration::from_millis(500)).await;
        eye.shown("form#glass #joined").await;
        assert_eq!(app.ledger.all_open_grants().len(), 1, "nothing was joined");
        eye.goto("/").await;
        eye.shown("form#current-1").await;
        type_into(&eye, "form#current-1 button", &enter()).await;
        eye.shown("form#glass #joined").await;
        // The field is empty: nothing typed is the colleague's reason, a digit is one's own.
        let (keys, digit) = match scripts {
            Scripts::On => ("", 1),
            Scripts::Off => ("4", 4),
        };
        type_reason(&eye, keys).await;
        eye.shown("section#section-drugs").await;
        let joined = app.ledger.all_open_grants();
        let joined = joined.first().expect("the newest");
        assert_eq!(joined.reason.expect("a reason").digit(), digit);
        type_into(&eye, "form#logout button", &enter()).await;
        eye.shown("form#login").await;
        eye.close().await;
    }
}
