//! Many patients at once through the pages, scripts off: while 災害時 is on, a touch is a row.

use emergency_summary::{access::admin::DisasterForm, domain::clock::Clock, registry::Facility};

use crate::{
    admin::{administrator, send},
    app::TestApp,
    browser::{Browser, Page},
    handoffs::{has, office, other_department, press},
    seats::named,
};

const CREW: &str = "/handoffs/many";
const BOARD: &str = "/board/many";

/// 災害時 by the console, for two days, at the facility of this name or id.
pub(crate) async fn declared(app: &TestApp, facility: &str) {
    let until = app.clock.now().japanese_day() + chrono::Days::new(2);
    let area = "湾岸 地震".to_owned();
    let form = DisasterForm { area, until };
    let known = app.registry.facilities().await.expect("facilities");
    let is_it = |one: &&Facility| one.id.0 == facility || one.name == facility;
    let facility = known.iter().find(is_it).expect("a facility").id.clone();
    let set = office(app).set_disaster("console", &facility, form).await;
    set.expect("a flag");
}

/// One touch, and the page that it leads to.
async fn touch(who: &Browser, page: &Page, form: &str, said: &[(&str, &str)]) -> Page {
    let done = press(who, page, form, said).await.is(303);
    let to = done.location.expect("the list");
    who.get(to.split('#').next().expect("a path")).await.is(200)
}

async fn add(who: &Browser, path: &str, triage: &str) -> Page {
    let page = who.get(path).await.is(200);
    touch(who, &page, "add", &[("add", triage)]).await
}

fn counts(page: &Page) -> String {
    let words = page.texts("ul.many-counts > li").concat();
    words.split_whitespace().collect()
}

fn entries(app: &TestApp, word: &str) -> usize {
    app.entries().matches(word).count()
}

#[actix_web::test]
async fn one_press_is_a_row_sent_twice_it_is_one_and_everything_of_it_is_a_press() {
    let app = TestApp::start();
    let fire = app.account("paramedic").clone();
    declared(&app, &fire.facility).await;
    let crew = app.signed_in(&fire).await;
    let list = crew.get("/handoffs").await.is(200);
    assert!(has(&list, ".many-lead a[href='/handoffs/many']"));
    let page = crew.get(CREW).await.is(200);
    let first = press(&crew, &page, "add", &[("add", "red")]).await.is(303);
    let again = press(&crew, &page, "add", &[("add", "red")]).await.is(303);
    assert_eq!(first.location, again.location, "the same row");
    let page = crew.get(CREW).await.is(200);
    assert_eq!(page.texts(".many-row").len(), 1);
    assert_eq!(entries(&app, "list_add"), 1, "recorded once");

    let page = add(&crew, CREW, "yellow").await;
    assert_eq!(counts(&page), "▲赤1■黄1●緑0✚黒0計2");
    for said in [
        ("touch-who", ("sex", "female")),
        ("touch-who", ("age", "40s")),
        ("type-place", ("place", "第1救護所")),
        ("type-tag", ("tag", "A-12")),
        ("triage", ("triage", "black")),
    ] {
        let row = page.attributes(".many-row:has(.many-edit)", "id").remove(0);
        let path = format!("{CREW}?row={}", row.trim_start_matches("row-"));
        let page = crew.get(&path).await.is(200);
        touch(&crew, &page, said.0, &[said.1]).await;
    }
    let page = crew.get(CREW).await.is(200);
    let row = page.texts(".many-row").remove(0);
    for said in ["黒 0（救命困難・死亡）", "40代 女", "第1救護所", "A-12"] {
        assert!(row.contains(said), "{said}: {row}");
    }
    assert_eq!(counts(&page), "▲赤1■黄0●緑0✚黒1計2");
    let sheet = crew.get("/handoffs/many/print").await.is(200);
    assert_eq!(sheet.texts(".many-sheet tbody tr").len(), 2);
    assert!(sheet.body.contains("A-12"));
}

#[actix_web::test]
async fn a_struck_row_stays_and_a_run_is_linked_without_a_name() {
    let app = TestApp::start();
    let fire = app.account("paramedic").clone();
    declared(&app, &fire.facility).await;
    let crew = app.signed_in(&fire).await;
    let runs = crew.get("/handoffs").await.is(200);
    let run = press(&crew, &runs, "begin", &[("unit", "湾岸救急1")]).await;
    let run = run.is(303).location.expect("the form");
    let form = crew.get(&run).await.is(200);
    let typed = [("name", "鈴木 次郎")];
    press(&crew, &form, "type-patient", &typed).await.is(303);
    let page = add(&crew, CREW, "green").await;
    let id = page.attributes("form#touch-run button", "value").remove(0);
    assert_eq!(format!("/handoffs/{id}"), run);
    let page = touch(&crew, &page, "touch-run", &[("handoff", &id)]).await;
    assert!(has(&page, &format!(".many-line a[href='{run}']")));
    assert!(!page.body.contains("鈴木"));
    let page = touch(&crew, &page, "strike", &[("strike", "on")]).await;
    assert!(has(&page, ".many-row.is-struck"));
    assert_eq!(counts(&page), "▲赤0■黄0●緑0✚黒0計0取消1");
    let page = touch(&crew, &page, "strike", &[("strike", "off")]).await;
    assert!(!has(&page, ".is-struck"));
    let nobody = [("handoff", "demo.AAAAAAAAAAAAAAAAAAAAAA")];
    press(&crew, &page, "touch-run", &nobody).await.is(403);
}

#[actix_web::test]
async fn the_hospital_has_a_list_of_its_own_and_another_department_sees_neither() {
    let app = TestApp::start();
    let fire = app.account("paramedic").clone();
    let stranger = other_department(&app).await;
    declared(&app, &fire.facility).await;
    declared(&app, &stranger.facility).await;
    let crew = app.signed_in(&fire).await;
    let page = add(&crew, CREW, "red").await;
    let row = page.attributes(".many-row", "id").remove(0);
    let row = row.trim_start_matches("row-").to_owned();

    // By the administrator's page.
    let office = administrator(&app).await;
    let form = office.get("/admin/disaster").await.is(200);
    send(&office, &form, "set", &[("area", "湾岸 地震")])
        .await
        .is(303);
    let ward = app.physician().await;
    let board = ward.get("/board").await.is(200);
    assert!(has(&board, "#board-parts a[href='/board/many']"));
    let page = ward.get(BOARD).await.is(200);
    assert!(!has(&page, ".many-row"), "the crew's row is not here");
    let page = touch(&ward, &page, "add", &[("add", "yellow")]).await;
    assert_eq!(counts(&page), "▲赤0■黄1●緑0✚黒0計1");
    let clerk = app.signed_in(app.account("clerk")).await;
    let page = clerk.get(BOARD).await.is(200);
    assert_eq!(counts(&page), "▲赤0■黄1●緑0✚黒0計1");
    assert!(!has(&page, "main form"), "a clerk reads");

    let other = app.signed_in(&stranger).await;
    let page = add(&other, CREW, "black").await;
    assert_eq!(counts(&page), "▲赤0■黄0●緑0✚黒1計1");
    let token = page.attributes("form#add input[name=form_token]", "value");
    let foreign = [
        ("form_token", &*token[0]),
        ("step", "s9"),
        ("row", &*row),
        ("triage", "green"),
    ];
    other.post(CREW, &foreign).await.is(422);
    let page = crew.get(CREW).await.is(200);
    assert_eq!(counts(&page), "▲赤1■黄0●緑0✚黒0計1", "as it was");
    for (who, path) in [(&crew, BOARD), (&ward, CREW)] {
        who.get(path).await.is(403);
        who.get(&format!("{path}/print")).await.is(403);
    }
}

#[actix_web::test]
async fn a_list_that_was_ended_is_read_until_the_next_and_no_stale_page_begins_one() {
    let app = TestApp::start();
    let fire = app.account("paramedic").clone();
    declared(&app, &fire.facility).await;
    let crew = app.signed_in(&fire).await;
    let stale = add(&crew, CREW, "red").await;
    let page = touch(&crew, &stale, "end", &[("end", "yes")]).await;
    assert_eq!(page.texts(".many-row").len(), 1, "it is read");
    assert!(page.texts(".notice")[0].contains("終了しました"));
    assert!(!has(&page, ".many-turn") && !has(&page, "form#end"));
    let refused = press(&crew, &stale, "add", &[("add", "red")]).await.is(409);
    assert!(refused.texts("#flash")[0].contains("記録していません"));
    app.clock.advance(std::time::Duration::from_secs(1));
    let page = touch(&crew, &page, "add", &[("add", "green")]).await;
    assert_eq!(counts(&page), "▲赤0■黄0●緑1✚黒0計1", "the next list");
}

#[actix_web::test]
async fn when_the_flag_is_off_the_page_says_so_and_only_ends_what_is_open() {
    let app = TestApp::start();
    let ward = app.physician().await;
    let page = ward.get(BOARD).await.is(200);
    assert!(page.texts(".notice")[0].contains("災害時の設定はオフです"));
    assert!(!has(&page, "main form"));
    assert!(!has(&ward.get("/board").await.is(200), ".many-lead"));

    let hospital = named(&app, "dr-kato").facility;
    declared(&app, &hospital).await;
    let page = add(&ward, BOARD, "red").await;
    let office = administrator(&app).await;
    let form = office.get("/admin/disaster").await.is(200);
    send(&office, &form, "clear", &[]).await.is(303);
    let refused = press(&ward, &page, "add", &[("add", "red")]).await.is(409);
    assert!(refused.texts("#flash")[0].contains("記録していません"));
    assert_eq!(counts(&refused), "▲赤1■黄0●緑0✚黒0計1", "it is read");
    let page = ward.get(BOARD).await.is(200);
    assert!(!has(&page, "form#add") && !has(&page, ".many-turn"));
    let page = touch(&ward, &page, "end", &[("end", "yes")]).await;
    assert!(!has(&page, "main form"));
    assert_eq!(entries(&app, "list_end"), 1);
}
