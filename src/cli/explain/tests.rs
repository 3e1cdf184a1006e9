//! Files and folders explained: exit codes, lines, and counts that add up.

use std::fs;

use clap::Parser;

use super::*;
use crate::domain::words::fates;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    explain: ExplainArgs,
}

struct Answered {
    code: u8,
    out: String,
    err: String,
}

fn explained(arguments: &[&str]) -> Answered {
    let all = std::iter::once("explain").chain(arguments.iter().copied());
    let args = Command::try_parse_from(all).unwrap().explain;
    let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&args, today, &mut out, &mut err);
    Answered {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","birthDate":"1960-04-01"}"#;
const PROBLEM: &str = r#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"code":{"text":"心房細動"},"clinicalStatus":{"coding":[{"code":"active"}]}}"#;

fn bundle() -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{PATIENT}}},{{"resource":{PROBLEM}}}]}}"#
    )
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn written(folder: &tempfile::TempDir, name: &str, content: &str) -> String {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_bundle_is_explained_in_text_and_json_and_the_counts_add_up() {
    let folder = folder();
    let path = written(&folder, "bundle.json", &bundle());
    let text = explained(&[&path]);
    assert_eq!((text.code, text.err.as_str()), (0, ""));
    assert!(text.out.contains("心房細動"));
    let json = explained(&[&path, "--json"]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["as_of"], "2026-11-22");
    assert_eq!(value["sections"].as_object().unwrap().len(), 12);
    assert_eq!(value["accounting"]["resources"], 2);
    assert_eq!(value["accounting"]["entries"].as_array().unwrap().len(), 2);
    assert_eq!(value["sections"]["problems"]["state"], "present");
    assert_eq!(value["sections"]["labs"]["state"], "not_asked");
}

#[test]
fn folders_are_walked_in_order_and_what_is_not_fhir_is_skipped_with_a_line() {
    let folder = folder();
    written(&folder, "b/2.ndjson", &format!("{PROBLEM}\n"));
    written(&folder, "a/1.json", PATIENT);
    written(&folder, "a/not.json", "[1, 2]");
    written(&folder, "a/readme.txt", "not looked at");
    let answered = explained(&[folder.path().to_str().unwrap(), "--json"]);
    assert_eq!(answered.code, 0, "{}", answered.err);
    assert_eq!(answered.err.lines().count(), 1);
    assert!(answered.err.starts_with("skipped: ") && answered.err.contains("not.json"));
    let value: serde_json::Value = serde_json::from_str(&answered.out).unwrap();
    assert_eq!(value["accounting"]["entries"][0]["resource"], "Patient/p1");
    assert_eq!(value["accounting"]["resources"], 2);
}

#[test]
fn what_cannot_be_used_is_refused_with_one_line_and_two() {
    let folder = folder();
    let empty = written(&folder, "empty.json", " \n");
    let html = written(&folder, "page.html", "<html>500</html>");
    let array = written(&folder, "array.json", "[]");
    let half = written(
        &folder,
        "half.json",
        r#"{"resourceType":"Bundle","entry":[{"res"#,
    );
    let missing = folder
        .path()
        .join("missing.json")
        .to_str()
        .unwrap()
        .to_owned();
    let nothing = folder.path().join("nothing");
    fs::create_dir(&nothing).unwrap();
    let nothing = nothing.to_str().unwrap().to_owned();
    for path in [&empty, &html, &array, &half, &missing, &nothing] {
        let answered = explained(&[path]);
        assert_eq!(answered.code, 2, "{path}");
        assert_eq!(answered.err.lines().count(), 1, "{}", answered.err);
        assert!(answered.err.starts_with(path.as_str()), "{}", answered.err);
        assert!(answered.out.is_empty());
    }
}

#[test]
fn of_a_file_that_is_cut_off_the_whole_entries_are_explained_and_the_rest_is_said() {
    let folder = folder();
    let whole = bundle();
    let path = written(&folder, "cut.json", whole.get(..whole.len() - 3).unwrap());
    let answered = explained(&[&path, "--json"]);
    assert_eq!(answered.code, 0, "{}", answered.err);
    let value: serde_json::Value = serde_json::from_str(&answered.out).unwrap();
    assert_eq!(value["accounting"]["resources"], 2);
    assert_eq!(value["accounting"]["unreadable"], 1);
    assert_eq!(
        value["accounting"]["entries"][1]["why"],
        "ファイルがここで途切れている"
    );
    assert_eq!(
        value["sections"]["problems"]["partial"]["more_at_source"],
        true
    );
    assert!(!value["notices"].as_array().unwrap().is_empty());

    let after = written(&folder, "after.json", whole.get(..whole.len() - 2).unwrap());
    let answered = explained(&[&after]);
    assert_eq!(answered.code, 0);
    assert!(
        answered.out.contains("心房細動") && answered.out.contains("一部のみ"),
        "{}",
        answered.out
    );
}

#[test]
fn one_resource_a_line_is_recognised_whatever_the_file_is_called() {
    let folder = folder();
    let path = written(&folder, "export.txt", &format!("{PATIENT}\n{PROBLEM}\n"));
    let answered = explained(&[&path, "--json"]);
    let value: serde_json::Value = serde_json::from_str(&answered.out).unwrap();
    assert_eq!(value["accounting"]["resources"], 2);
}

#[test]
fn a_file_too_large_is_refused_with_a_line_that_says_so() {
    let folder = folder();
    let path = written(&folder, "large.json", "");
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(513 * 1024 * 1024).unwrap();
    let answered = explained(&[&path]);
    assert_eq!(answered.code, 2);
    assert!(answered.err.contains("512 MB"), "{}", answered.err);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::BrokenPipe))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let folder = folder();
    let path = written(&folder, "bundle.json", &bundle());
    for arguments in [vec!["explain", &path], vec!["explain", &path, "--json"]] {
        let args = Command::try_parse_from(arguments).unwrap().explain;
        let mut err = Vec::new();
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        assert_eq!(run(&args, today, &mut Gone, &mut err), 0);
        assert!(err.is_empty());
    }
}

#[test]
fn another_patient_chosen_by_hand_withholds_everything_of_the_first() {
    let folder = folder();
    let path = written(&folder, "bundle.json", &bundle());
    let answered = explained(&[&path, "--patient", "p2", "--json"]);
    let value: serde_json::Value = serde_json::from_str(&answered.out).unwrap();
    assert_eq!(value["accounting"]["shown"], 0);
    assert!(!answered.out.contains("心房細動"));
}

#[test]
fn a_single_resource_without_a_patient_is_explained_all_the_same() {
    let folder = folder();
    let path = written(
        &folder,
        "one.json",
        &PROBLEM.replace(r#""subject":{"reference":"Patient/p1"},"#, ""),
    );
    let answered = explained(&[&path]);
    assert_eq!(answered.code, 0);
    assert!(answered.out.contains("心房細動"), "{}", answered.out);
}

#[test]
fn a_subject_named_by_its_insurance_number_alone_is_one_patient() {
    let folder = folder();
    let numbered = |number: &str| {
        let subject = format!(
            r#""subject":{{"identifier":{{"system":"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID","value":"{number}"}}}}"#
        );
        PROBLEM.replace(r#""subject":{"reference":"Patient/p1"}"#, &subject)
    };
    let (own, other) = (
        numbered("00012345:あ:１８７:05"),
        numbered("00012345:あ:999:01"),
    );
    let path = written(&folder, "two.ndjson", &format!("{own}\n{other}\n"));
    let answered = explained(&[&path, "--json"]);
    let value: serde_json::Value = serde_json::from_str(&answered.out).unwrap();
    assert_eq!(value["accounting"]["shown"], 1);
    assert_eq!(value["accounting"]["withheld"], 1);
    assert!(value["notices"].as_array().unwrap().iter().any(|notice| {
        notice["text"]
            .as_str()
            .unwrap()
            .contains("本人確認ができません")
    }));
}

#[test]
fn nothing_in_the_data_can_drive_the_terminal() {
    let folder = folder();
    let path = written(
        &folder,
        "bundle.json",
        &bundle().replace("心房細動", r"心房\u001b[2J細動"),
    );
    let answered = explained(&[&path]);
    assert!(answered.out.contains("細動") && !answered.out.contains('\u{1b}'));
}

#[test]
fn every_example_is_explained_or_refused_with_one_line() {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/examples");
    let Ok(folders) = fs::read_dir(&examples) else {
        eprintln!("SKIPPED: {} is not there", examples.display());
        return;
    };
    for folder in folders
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
    {
        for path in fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let answered = explained(&[path.to_str().unwrap(), "--json"]);
            if answered.code == 2 {
                assert_eq!(answered.err.lines().count(), 1, "{}", answered.err);
                continue;
            }
            assert_eq!(answered.code, 0, "{}", path.display());
            let value: serde_json::Value = serde_json::from_str(&answered.out).unwrap();
            let accounting = &value["accounting"];
            let count = |fate: &str| accounting[fate].as_u64().unwrap();
            let fates = [
                "shown",
                "merged",
                "superseded",
                "outside_window",
                "withheld",
                "not_for_this_screen",
                "unreadable",
            ];
            let sum: u64 = fates.iter().map(|fate| count(fate)).sum();
            assert_eq!(sum, count("resources"), "{}", path.display());
            let entries = accounting["entries"].as_array().unwrap();
            assert_eq!(entries.len() as u64, sum);
            for why in entries.iter().map(|entry| entry["why"].as_str().unwrap()) {
                let fixed = [fates::OTHER_PATIENT, fates::NO_SUBJECT].contains(&why);
                assert!(fixed || !why.is_ascii(), "{}: {why:?}", path.display());
            }
        }
    }
}
