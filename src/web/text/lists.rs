//! Sentences of the page on which lists are handed in.

use crate::{
    domain::review::Kind,
    review::{FileFlaw, LineFlaw, MOST_BYTES, MOST_LINES, Outcome, columns},
};

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Lists {
    pub(in crate::web) title: &'static str,
    /// As it stands in the bar.
    pub(in crate::web) short: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) kind: &'static str,
    pub(in crate::web) choose: &'static str,
    pub(in crate::web) file: &'static str,
    pub(in crate::web) submit: &'static str,
    pub(in crate::web) limits: fn() -> String,
    pub(in crate::web) fhir: &'static str,
    pub(in crate::web) columns: &'static str,
    pub(in crate::web) column: fn(word: &str, heading: &str, is_needed: bool) -> String,
    pub(in crate::web) known: &'static str,
    pub(in crate::web) not_known: fn(&str) -> String,
    pub(in crate::web) taken: fn(&str, &Outcome) -> String,
    pub(in crate::web) was_known: &'static str,
    pub(in crate::web) no_kind: &'static str,
    pub(in crate::web) no_file: &'static str,
    pub(in crate::web) refused: fn(usize) -> String,
    pub(in crate::web) unavailable: &'static str,
    pub(in crate::web) line: &'static str,
    pub(in crate::web) why: &'static str,
    pub(in crate::web) file_flaw: fn(&FileFlaw) -> String,
    pub(in crate::web) line_flaw: fn(LineFlaw) -> String,
}

/// A column as it stands above a Japanese list; other words stand for themselves.
fn heading(word: &str) -> String {
    let mut known = Kind::ALL.into_iter().flat_map(columns);
    match known.find(|(known, _, _)| *known == word) {
        Some((_, heading, _)) => format!("{heading}（{word}）"),
        None => word.to_owned(),
    }
}

/// Megabytes of the longest list.
const MEGABYTES: usize = MOST_BYTES / 1024 / 1024;

pub(super) const JA: Lists = Lists {
    title: "名簿・登録の取込み",
    short: "名簿",
    hint: "来院登録・勤務表などを、フォルダー連携のほかに、ここからも取り込めます。全体が取り込まれるか、何も取り込まれないかのどちらかです。誰が取り込んだかは記録され、取り込んだ本人の閲覧の説明には使われません。",
    kind: "種類",
    choose: "選んでください",
    file: "ファイル",
    submit: "記録して取り込む",
    limits: || {
        format!(
            "CSV（UTF-8またはShift_JIS、BOMの有無は問わない）。{MOST_LINES}行・{MEGABYTES} MBまで。来院登録と勤務表は日ごとに分けて取り込めます。"
        )
    },
    fhir: "来院登録はFHIR R4のEncounter（JP Core：Bundle、単独、または1行1件）も可。identifier＝受付番号、period.start＝来院日時、患者はsubject.identifier（被保険者番号）またはファイル内のPatient。",
    columns: "列（太字は必須）",
    column: |word, heading, is_needed| {
        if is_needed {
            format!("{heading}（{word}）必須")
        } else {
            format!("{heading}（{word}）")
        }
    },
    known: "現在の名簿・登録",
    not_known: |kind| format!("{kind}：なし"),
    taken: |kind, outcome| {
        let mut said = format!("{kind}を取り込みました：{}行。", outcome.lines);
        for (count, what) in [
            (outcome.twice, "重複"),
            (outcome.strangers, "利用者IDのない人"),
            (outcome.absent, "未来院・取消し（登録とみなさない）"),
        ] {
            if count > 0 {
                said = format!("{said}うち{what} {count}行。");
            }
        }
        said
    },
    was_known: "同じ内容がすでに取り込まれているため、何も変わりません。",
    no_kind: "種類を選んでください。",
    no_file: "ファイルを選んでください（空のファイルは取り込めません）。",
    refused: |count| {
        format!("取り込みませんでした。次の{count}行を直して、もう一度お試しください。")
    },
    unavailable: "いまは取り込めません。何も変わっていません。少し待って、もう一度お試しください。",
    line: "行",
    why: "理由",
    file_flaw: |flaw| {
        match flaw {
        FileFlaw::TooLarge => format!(
            "取り込みませんでした。{MEGABYTES} MBを超えています。来院登録と勤務表は日ごとに分けてください。"
        ),
        FileFlaw::TooLong => format!(
            "取り込みませんでした。{MOST_LINES}行を超えています。来院登録と勤務表は日ごとに分けてください。"
        ),
        FileFlaw::Page => {
            "取り込みませんでした。検索結果の1ページだけで、続きがありません。全ページを1つにして渡してください。".to_owned()
        }
        FileFlaw::NotFhir => "取り込みませんでした。FHIRのリソースとして読めません。".to_owned(),
        FileFlaw::Encoding => {
            "取り込みませんでした。UTF-8でもShift_JISでもないか、CSVではありません。".to_owned()
        }
        FileFlaw::NoColumn(word) => {
            format!(
                "取り込みませんでした。列「{}」がありません。",
                heading(word)
            )
        }
        FileFlaw::Column(place) => {
            format!("取り込みませんでした。{place}列目の見出しが不明か、重複しています。")
        }
        FileFlaw::NoFacility => "取り込みませんでした。施設が見つかりません。".to_owned(),
        FileFlaw::Empty => "取り込みませんでした。内容がありません。".to_owned(),
    }
    },
    line_flaw: |flaw| match flaw {
        LineFlaw::Fields => "列の数が見出しと合わない".to_owned(),
        LineFlaw::Control => "改行または制御文字を含む（引用符が閉じていない可能性）".to_owned(),
        LineFlaw::Missing(word) => format!("{}が空", heading(word)),
        LineFlaw::Unreadable(word) => format!("{}を読み取れない", heading(word)),
        LineFlaw::Formula(word) => format!("{}が数式のように始まる", heading(word)),
        LineFlaw::Resource => "リソースを読み取れない".to_owned(),
        LineFlaw::Nobody => "枝番付きの番号も、氏名と生年月日もない".to_owned(),
        LineFlaw::OtherFacility => "他の施設のもの".to_owned(),
        LineFlaw::Span => "終了が開始から2日以内の後ではない".to_owned(),
        LineFlaw::Future => "1日より先の日時".to_owned(),
    },
};

pub(super) const EN: Lists = Lists {
    title: "Hand in lists",
    short: "Lists",
    hint: "Registrations, rosters and other lists may be handed in here, beside the folder. A list is taken over as a whole or not at all. Who handed it in is recorded, and it never explains that person's own access.",
    kind: "Kind",
    choose: "Choose",
    file: "File",
    submit: "Record and take over",
    limits: || {
        format!(
            "CSV (UTF-8 or Shift_JIS, with or without a byte order mark), at most {MOST_LINES} lines and {MEGABYTES} MB. Registrations and rosters may come in parts, by days."
        )
    },
    fhir: "Registrations may be FHIR R4 Encounters (JP Core: a Bundle, one resource, or one a line): identifier is the visit, period.start the arrival, the patient is subject.identifier (member number) or a Patient in the file.",
    columns: "Columns",
    column: |word, heading, is_needed| {
        if is_needed {
            format!("{word} ({heading}), needed")
        } else {
            format!("{word} ({heading})")
        }
    },
    known: "Lists as they stand",
    not_known: |kind| format!("{kind}: none"),
    taken: |kind, outcome| {
        let mut said = format!("{kind} taken over: {} lines.", outcome.lines);
        for (count, what) in [
            (outcome.twice, "there twice"),
            (outcome.strangers, "of people without an account"),
            (outcome.absent, "planned or cancelled (no arrival)"),
        ] {
            if count > 0 {
                said = format!("{said} {count} {what}.");
            }
        }
        said
    },
    was_known: "The same was taken over before: nothing has changed.",
    no_kind: "Choose a kind.",
    no_file: "Choose a file (an empty one cannot be taken over).",
    refused: |count| format!("Not taken over. Mend these {count} lines and try again."),
    unavailable: "It cannot be taken over now. Nothing has changed. Try again in a moment.",
    line: "Line",
    why: "Why",
    file_flaw: |flaw| format!("Not taken over: {flaw}."),
    line_flaw: |flaw| flaw.to_string(),
};
