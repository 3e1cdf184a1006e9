//! Sentences of the page on which an auditor sees whether the ledgers are whole.

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Integrity {
    pub(in crate::web) title: &'static str,
    /// In the bar.
    pub(in crate::web) short: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) verify: &'static str,
    pub(in crate::web) verify_hint: &'static str,
    pub(in crate::web) begin: &'static str,
    pub(in crate::web) refresh: &'static str,
    pub(in crate::web) never: &'static str,
    /// Since when, and how many entries it has seen of how many.
    pub(in crate::web) running: fn(since: &str, seen: u64, of: u64) -> String,
    /// Entries, when it was begun, and how many seconds it took.
    pub(in crate::web) whole: fn(entries: u64, begun: &str, seconds: u64) -> String,
    /// Faults, when it was begun, and how many entries are right.
    pub(in crate::web) wrong: fn(faults: usize, begun: &str, entries: u64) -> String,
    pub(in crate::web) not_done: fn(begun: &str) -> String,
    /// What was accepted as lost, how often.
    pub(in crate::web) lost: fn(usize) -> String,
    pub(in crate::web) ledgers: &'static str,
    pub(in crate::web) name: &'static str,
    pub(in crate::web) entries: &'static str,
    pub(in crate::web) signed: &'static str,
    pub(in crate::web) cosigned: &'static str,
    pub(in crate::web) root: &'static str,
    pub(in crate::web) nothing: &'static str,
    pub(in crate::web) quiet: &'static str,
    pub(in crate::web) quiet_hint: &'static str,
    pub(in crate::web) usual: &'static str,
    /// Since when nothing was done, where so much was usual.
    pub(in crate::web) silent: fn(since: &str, usual: u32) -> String,
    /// How many weeks are known.
    pub(in crate::web) unknown: fn(i64) -> String,
    pub(in crate::web) last: fn(&str) -> String,
    pub(in crate::web) hours: &'static str,
    pub(in crate::web) ends: (&'static str, &'static str),
    /// The whole of the drawing: the highest, and hours without anything that are usually not so.
    pub(in crate::web) drawn: fn(high: &str, empty: usize) -> String,
    pub(in crate::web) mark: &'static str,
    pub(in crate::web) parts: &'static str,
    pub(in crate::web) steps: &'static str,
    pub(in crate::web) no_steps: &'static str,
    /// When, by how many seconds, in which entry.
    pub(in crate::web) step: fn(at: &str, seconds: f64, place: &str) -> String,
    pub(in crate::web) done: fn(&str) -> Option<&'static str>,
}

pub(super) const JA: Integrity = Integrity {
    title: "記録の健全性",
    short: "健全性",
    hint: "閲覧記録が欠けず、書き換えられていないかを確かめる画面です。この画面の表示も記録されます。",
    verify: "全件検証",
    verify_hint: "先頭から最後まで、番号の欠け・改変・署名との一致を調べます。診療の画面を遅らせないよう、ゆっくり進めます。",
    begin: "検証を始める",
    refresh: "最新の状態に更新",
    never: "このサーバーの起動後は、まだ検証していません。",
    running: |since, seen, of| format!("検証中です（{since} 開始、{of}件中 {seen}件まで）。"),
    whole: |entries, begun, seconds| {
        format!(
            "欠け・改変はありません。{entries}件すべてが正しいことを確かめました（{begun} 開始、{seconds}秒）。"
        )
    },
    wrong: |faults, begun, entries| {
        format!(
            "正しくない箇所が{faults}件あります（{begun} 開始）。それより前の{entries}件は正しいものです。この画面を保存し、情報システム部門に連絡してください。"
        )
    },
    not_done: |begun| {
        format!(
            "最後まで検証できませんでした（{begun} 開始）。もう一度始めてください。続く場合は情報システム部門に連絡してください。"
        )
    },
    lost: |count| format!("失われたと承認された記録があります（{count}回）。"),
    ledgers: "閲覧記録",
    name: "名称",
    entries: "記録",
    signed: "署名済み",
    cosigned: "証人の署名済み",
    root: "署名した値（先頭）",
    nothing: "なし",
    quiet: "静かすぎないか",
    quiet_hint: "この施設の職員の操作（ログイン・検索・閲覧）を、過去8週の同じ曜日・時刻と比べます。",
    usual: "いつもと比べて、静かすぎることはありません。",
    silent: |since, usual| {
        format!(
            "静かすぎます。{since} から操作の記録がありません。同じ曜日・時刻には、いつも{usual}件ほどあります。記録が止まっていないか確認してください。"
        )
    },
    unknown: |weeks| {
        format!("まだ分かりません。比べるには3週間以上の記録が要ります（いま{weeks}週間）。")
    },
    last: |at| format!("最後の操作は {at} です。"),
    hours: "操作の記録（1時間ごと、線はいつもの件数）",
    ends: ("60時間前", "今"),
    drawn: |high, empty| {
        format!(
            "1時間ごとの操作の記録。最大 {high}、いつもは記録のある時間に記録のなかった時間 {empty}"
        )
    },
    mark: "× いつもは記録がある時間に記録なし",
    parts: "各部の状態",
    steps: "時計の飛び",
    no_steps: "時計の飛びは記録されていません。",
    step: |at, seconds, place| format!("{at}：{seconds:+.1}秒（{place}）"),
    done: |word| match word {
        "verifying" => Some("検証を始めました。"),
        "already" => Some("検証はもう始まっています。"),
        _ => None,
    },
};

pub(super) const EN: Integrity = Integrity {
    title: "Integrity of the ledger",
    short: "Integrity",
    hint: "Whether entries are missing or were changed. Looking at this page is recorded as well.",
    verify: "Verification",
    verify_hint: "From the first entry to the last: gaps, changes, and whether they are what was signed. It goes slowly, so that no clinical page is late.",
    begin: "Start verifying",
    refresh: "Refresh",
    never: "Not verified since this server was started.",
    running: |since, seen, of| format!("Running since {since}: {seen} of {of} entries so far."),
    whole: |entries, begun, seconds| {
        format!(
            "Nothing is missing or changed: all {entries} entries are right (started {begun}, {seconds} s)."
        )
    },
    wrong: |faults, begun, entries| {
        format!(
            "{faults} faults were found (started {begun}). The {entries} entries before are right. Keep this page and tell the people who run the system."
        )
    },
    not_done: |begun| {
        format!(
            "It did not come to its end (started {begun}). Start it again; if that does not help, tell the people who run the system."
        )
    },
    lost: |count| format!("Entries were accepted as lost ({count} times)."),
    ledgers: "Ledgers",
    name: "Name",
    entries: "Entries",
    signed: "Signed",
    cosigned: "Cosigned",
    root: "Signed value (beginning)",
    nothing: "none",
    quiet: "Too quiet?",
    quiet_hint: "What this facility's people do (sign in, search, look) is compared with the same weekday and hour of the last 8 weeks.",
    usual: "It is not quieter than usual.",
    silent: |since, usual| {
        format!(
            "Too quiet: nothing was recorded since {since}, where about {usual} entries are usual at this time of the week. Check whether recording has stopped."
        )
    },
    unknown: |weeks| {
        format!("Not known yet: it takes entries of 3 weeks to compare (there are {weeks}).")
    },
    last: |at| format!("The last was at {at}."),
    hours: "Entries an hour (the line is what is usual)",
    ends: ("60 h ago", "now"),
    drawn: |high, empty| {
        format!(
            "Entries an hour. Highest {high}; hours without any that usually have some: {empty}"
        )
    },
    mark: "× an hour without entries that usually has some",
    parts: "How each part does",
    steps: "Steps of the clock",
    no_steps: "No step of the clock is recorded.",
    step: |at, seconds, place| format!("{at}: {seconds:+.1} s ({place})"),
    done: |word| match word {
        "verifying" => Some("Verifying has begun."),
        "already" => Some("Verifying has begun already."),
        _ => None,
    },
};
