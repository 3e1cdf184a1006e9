//! Sentences of the page on which an auditor enters a receipt.

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Receipts {
    pub(in crate::web) title: &'static str,
    /// As it stands in the bar.
    pub(in crate::web) short: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) submit: &'static str,
    /// The check digit does not fit.
    pub(in crate::web) typo: &'static str,
    /// No entry of this facility has it.
    pub(in crate::web) unknown: &'static str,
    pub(in crate::web) result: &'static str,
    pub(in crate::web) proof: &'static str,
    /// It stands in the signed tree of so many entries.
    pub(in crate::web) proven: fn(u64) -> String,
    /// The checkpoint was also cosigned elsewhere.
    pub(in crate::web) cosigned: &'static str,
    pub(in crate::web) not_yet: &'static str,
    pub(in crate::web) broken: &'static str,
    pub(in crate::web) checkpoint: &'static str,
}

pub(super) const JA: Receipts = Receipts {
    title: "受付番号の照会",
    short: "照会",
    hint: "画面や印刷にある12桁の受付番号を入力してください（空白・ハイフン・全角も可）。この施設の記録だけを探します。照会したことも記録されます。",
    submit: "照会",
    typo: "受付番号が正しくありません。12桁の数字を確かめてください（1桁の誤りは検査数字で分かります）。",
    unknown: "この受付番号の記録は、この施設にはありません。",
    result: "照会結果",
    proof: "証明",
    proven: |size| {
        format!(
            "改変されていません。{size}件までの閲覧記録に署名した時点の内容と一致することを、いま確かめました。"
        )
    },
    cosigned: "この署名には、外部の立会人の署名もあります。",
    not_yet: "まだ署名されていません。署名は遅くとも約10秒ごとに行われます。少し待ってからもう一度照会してください。",
    broken: "署名した時点の内容と一致しません。記録が改変されたおそれがあります。この画面を保存し、情報システム部門に連絡してください。",
    checkpoint: "署名の全文",
};

pub(super) const EN: Receipts = Receipts {
    title: "Look up a receipt",
    short: "Receipts",
    hint: "Type the 12 digits from the screen or from paper (spaces, hyphens and full-width digits will do). Only entries of this facility are looked for. Looking one up is recorded as well.",
    submit: "Look up",
    typo: "This is no receipt. Check the 12 digits (the last one tells when one of them is wrong).",
    unknown: "This facility has no entry with this receipt.",
    result: "Entry",
    proof: "Proof",
    proven: |size| {
        format!(
            "Unchanged. It was checked just now that the entry is what was signed when the ledger had {size} entries."
        )
    },
    cosigned: "An outside witness cosigned that signature.",
    not_yet: "Not signed yet. Entries are signed within about ten seconds. Wait a moment and look it up again.",
    broken: "Not what was signed. The ledger may have been tampered with. Keep this page and tell the people who run the system.",
    checkpoint: "The whole signature",
};
