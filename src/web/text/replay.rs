//! Sentences of an auditor's look at what was shown.

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Replay {
    pub(in crate::web) title: &'static str,
    /// The mark that nobody can take for a page of today.
    pub(in crate::web) mark: &'static str,
    pub(in crate::web) mark_hint: &'static str,
    /// The link in the list, and for whom it is read aloud: with the entry's number.
    pub(in crate::web) open: &'static str,
    pub(in crate::web) shown_at: &'static str,
    pub(in crate::web) shown_to: &'static str,
    pub(in crate::web) method: &'static str,
    pub(in crate::web) methods: fn(&str) -> Option<&'static str>,
    pub(in crate::web) entry: &'static str,
    pub(in crate::web) replayed: &'static str,
    pub(in crate::web) names_only: &'static str,
    pub(in crate::web) reason: &'static str,
    pub(in crate::web) reason_hint: &'static str,
    pub(in crate::web) submit: &'static str,
    pub(in crate::web) erased: &'static str,
    pub(in crate::web) unreadable: &'static str,
    pub(in crate::web) uncovered: &'static str,
    pub(in crate::web) back: &'static str,
    pub(in crate::web) print_note: &'static str,
    pub(in crate::web) actions: &'static str,
}

/// 日本語
pub(super) const JA: Replay = Replay {
    title: "記録の再現",
    mark: "記録の再現 ― 現在の情報ではありません",
    mark_hint: "下記の時点に表示された内容です。診療に使わないでください。この再現も記録されます。",
    open: "再現",
    shown_at: "表示日時",
    shown_to: "閲覧者",
    method: "表示方法",
    methods: |word| {
        Some(match word {
            "screen" => "画面",
            "late" => "画面（遅れて届いた分を含む）",
            "print" => "印刷",
            "uncovered" => "保護項目の表示",
            "document" => "文書の本文",
            _ => return None,
        })
    },
    entry: "記録番号",
    replayed: "再現",
    names_only: "項目名だけを示しています。値・日付・本文は伏せています。",
    reason: "値を見る理由",
    reason_hint: "必ず入力。理由は記録に残ります。",
    submit: "値まで表示（記録されます）",
    erased: "この記録の内容は鍵の消去により読めません（消去済み）。記録そのものと証明は残っています。",
    unreadable: "この記録の内容を開けません。鍵が違うか、内容が壊れています。",
    uncovered: "このとき保護項目が表示されました。",
    back: "閲覧記録に戻る",
    print_note: "この画面は印刷できません。",
    actions: "操作",
};

/// English
pub(super) const EN: Replay = Replay {
    title: "Replay of a record",
    mark: "Replay of a record ― not current information",
    mark_hint: "What was shown at the time below. Not for care. This replay is recorded too.",
    open: "Replay",
    shown_at: "Shown at",
    shown_to: "Shown to",
    method: "How",
    methods: |word| {
        Some(match word {
            "screen" => "screen",
            "late" => "screen, with what came later",
            "print" => "print",
            "uncovered" => "protected entries uncovered",
            "document" => "text of a document",
            _ => return None,
        })
    },
    entry: "Entry",
    replayed: "Replayed",
    names_only: "Only the names of items are shown; values, dates and texts are left out.",
    reason: "Why the values are needed",
    reason_hint: "Required. The reason stays in the ledger.",
    submit: "Show values (recorded)",
    erased: "The content of this entry cannot be read: its key was erased. The entry itself and its proof remain.",
    unreadable: "The content of this entry cannot be opened: another key, or changed content.",
    uncovered: "Protected entries were shown at this time.",
    back: "Back to the ledger",
    print_note: "This page cannot be printed.",
    actions: "Actions",
};
