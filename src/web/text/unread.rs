//! Sentences that say that a ledger of this node is not among what is listed: a part is never shown
//! as the whole.

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Unread {
    /// Before an auditor's list: a ledger, how many entries it has at least.
    pub(in crate::web) away: fn(name: &str, entries: u64) -> String,
    /// The same of one that is lost for good, with the day when that was accepted.
    pub(in crate::web) lost: fn(name: &str, entries: u64, day: &str) -> String,
    /// In place of its name, where that is not known.
    pub(in crate::web) second: &'static str,
    /// Before one's own grants of today.
    pub(in crate::web) own: &'static str,
    /// Where a receipt was not found.
    pub(in crate::web) receipt: &'static str,
    /// Beside a patient of whom no objection is known.
    pub(in crate::web) objections: &'static str,
}

pub(super) const JA: Unread = Unread {
    away: |name, entries| {
        format!(
            "一部のみ：このサーバーのもう一方の閲覧記録「{name}」（{entries}件以上）は現在読めないため、下に含まれていません。"
        )
    },
    lost: |name, entries, day| {
        format!(
            "一部のみ：このサーバーのもう一方の閲覧記録「{name}」（{entries}件以上）は失われたため、下に含まれていません（{day}に承認）。"
        )
    },
    second: "名称不明",
    own: "一部のみ：このサーバーのもう一方の閲覧記録が現在読めません。下にない閲覧が今日あったかもしれません。",
    receipt: "このサーバーのもう一方の閲覧記録が読めないため、この受付番号がないとは言えません。",
    objections: "拒否の有無は不明です：このサーバーのもう一方の閲覧記録が現在読めません。「拒否なし」ではありません。",
};

pub(super) const EN: Unread = Unread {
    away: |name, entries| {
        format!(
            "Only a part: this server's other ledger {name} ({entries} entries or more) cannot be read now and is not in the list."
        )
    },
    lost: |name, entries, day| {
        format!(
            "Only a part: this server's other ledger {name} ({entries} entries or more) is lost and is not in the list (accepted on {day})."
        )
    },
    second: "(name not known)",
    own: "Only a part: this server's other ledger cannot be read now. There may have been viewing today that is not listed.",
    receipt: "This server's other ledger cannot be read, so it is not certain that there is no such receipt.",
    objections: "Whether the patient objected is not known: this server's other ledger cannot be read now. This is not \u{201c}no objection\u{201d}.",
};
