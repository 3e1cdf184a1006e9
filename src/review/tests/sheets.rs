//! Lists in the folder, and the accounts that they name.

use super::*;

#[tokio::test]
async fn a_night_that_reaches_into_a_day_takes_nothing_of_that_days_roster() {
    let world = World::new();
    testing_accounts(&world.registry()).await;
    let duty = |from: &str, until: &str| {
        format!("account,from,until,department\n{SIGN_IN},{from},{until},救急科\n")
    };
    world
        .take(Kind::Duty, &duty("2026-04-01 08:30", "2026-04-01 17:00"))
        .await;
    world
        .take(Kind::Duty, &duty("2026-03-31 17:00", "2026-04-01 08:30"))
        .await;
    let grant = world.open("a", "187").await;
    let department = "救急科".to_owned();
    assert_eq!(
        world.one(&grant).await.standing.explanations,
        [Explanation::OnDuty { department }]
    );
}

#[tokio::test]
async fn what_an_earlier_process_began_to_take_over_is_taken_over() {
    let world = World::new();
    let grant = world.open("a", "187").await;
    let folder = world.folder.path().join("lists").join("h1").join("taking");
    std::fs::create_dir_all(&folder).unwrap();
    let text = arrivals(&[("2026-04-01 12:14", "4711", "187")]);
    std::fs::write(folder.join("arrivals.csv"), text).unwrap();
    assert_eq!(world.review.look_into_folder().await, 1);
    assert!(world.one(&grant).await.standing.is_explained());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test]
async fn lists_in_the_folder_are_taken_over_or_refused_with_every_line_named() {
    let world = World::new();
    let grant = world.open("a", "187").await;
    let folder = world.folder.path().join("lists").join("h1");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        let old = std::time::SystemTime::from(world.clock.now().wall - TimeDelta::minutes(1));
        let opened = std::fs::File::options().write(true).open(&file).unwrap();
        opened.set_modified(old).unwrap();
    };
    write(
        "arrivals-1.csv",
        &arrivals(&[("2026-04-01 12:14", "4711", "187")]),
    );
    write(
        "arrivals-2.csv",
        &arrivals(&[("noon", "4712", "188"), ("2026-04-01 12:14", "=1", "189")]),
    );
    write("notes.txt", "nothing of it");
    assert_eq!(world.review.look_into_folder().await, 2);
    assert!(world.one(&grant).await.standing.is_explained());
    let names = |what: &str| -> Vec<String> {
        let files = std::fs::read_dir(folder.join(what)).unwrap();
        files
            .map(|file| file.unwrap().path().display().to_string())
            .collect()
    };
    assert_eq!(names("done").len(), 1);
    let refused = names("refused");
    let said = refused
        .iter()
        .find(|name| name.contains(".csv.txt"))
        .unwrap();
    let said = std::fs::read_to_string(said).unwrap();
    assert_eq!(
        said,
        "line 2: arrived_at cannot be read\nline 3: visit begins like a formula\n"
    );
    assert_eq!(world.review.look_into_folder().await, 0);
    assert!(folder.join("notes.txt").exists());
}

#[tokio::test]
async fn a_roster_and_a_staff_list_name_accounts_by_their_sign_in_names() {
    let world = World::new();
    let registry = world.registry();
    testing_accounts(&registry).await;
    let grant = world.open("a", "187").await;
    let duty = format!(
        "account,from,until,department\n{SIGN_IN},2026-04-01 08:30,2026-04-01 17:00,救急科\n"
    );
    world.take(Kind::Duty, &duty).await;
    let department = "救急科".to_owned();
    assert_eq!(
        world.one(&grant).await.standing.explanations,
        [Explanation::OnDuty { department }]
    );
    let night = duty.replace("08:30,2026-04-01 17:00", "17:00,2026-04-02 08:30");
    world.take(Kind::Duty, &night).await;
    assert!(world.rules(&grant).await.contains(&Rule::OffDuty));
    let staff = "name,birth_date,address,account\n\
        救急 花子,1990-01-01,千葉県柏市1-2,dr-a\n救急 187,1954-03-12,,\n";
    world.take(Kind::Staff, staff).await;
    let rules = world.rules(&grant).await;
    assert!(rules.contains(&Rule::SameFamilyAndTown), "{rules:?}");
    assert!(rules.contains(&Rule::Colleague), "{rules:?}");
}
