//! Sentences of what is shown only when asked for: covered rows and the text of a document.

use crate::domain::document::Said;

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Asked {
    pub(in crate::web) uncover_title: &'static str,
    /// The button in a covered row.
    pub(in crate::web) uncover: &'static str,
    /// Said loudly above what is uncovered.
    pub(in crate::web) turn_screen: &'static str,
    /// When it goes back by itself.
    pub(in crate::web) until: fn(u64) -> String,
    /// The link back to the covered page.
    pub(in crate::web) cover_again: &'static str,
    pub(in crate::web) document_title: &'static str,
    /// The link in a document's row.
    pub(in crate::web) open: &'static str,
    /// The link back to the summary.
    pub(in crate::web) close: &'static str,
    /// Above a document where the patient has covered rows.
    pub(in crate::web) may_name_covered: &'static str,
    /// Above every document.
    pub(in crate::web) as_sent: &'static str,
    pub(in crate::web) no_text_at_all: &'static str,
    pub(in crate::web) said: fn(&Said) -> String,
    /// In place of the paper, where the browser prints by itself.
    pub(in crate::web) print_note: &'static str,
}

/// 日本語
pub(super) const JA: Asked = Asked {
    uncover_title: "保護項目",
    uncover: "表示（記録されます）",
    turn_screen: "本人・家族に未告知の病名を含みます ― 画面が見えない向きにしてください",
    until: |seconds| format!("{seconds}秒後に自動で隠れます"),
    cover_again: "隠す（Esc）",
    document_title: "文書の本文",
    open: "本文",
    close: "サマリーに戻る（Esc）",
    may_name_covered: "この患者には保護項目があります ― 本文に含まれることがあります。周囲から見えない向きにしてください",
    as_sent: "送信元が書いた本文です。他の項目との照合はしていません。",
    no_text_at_all: "本文なし",
    said: ja,
    print_note: "この画面は印刷できません。印刷はサマリーの p キーから（記録されます）",
};

/// English
pub(super) const EN: Asked = Asked {
    uncover_title: "Protected entries",
    uncover: "Show (recorded)",
    turn_screen: "Contains diagnoses the patient or family has not been told of ― turn the screen away",
    until: |seconds| format!("Covered again after {seconds} s"),
    cover_again: "Cover (Esc)",
    document_title: "Document",
    open: "Text",
    close: "Back to the summary (Esc)",
    may_name_covered: "This patient has protected entries ― the text may contain them. Turn the screen away from others",
    as_sent: "The text as its sender wrote it; not compared with the other sections.",
    no_text_at_all: "No text",
    said: en,
    print_note: "This page cannot be printed. Print from the summary with the p key (recorded)",
};

fn ja(said: &Said) -> String {
    match said {
        Said::NoText(0) => "本文なし".to_owned(),
        Said::NoText(count) => format!("本文なし（構造化データ {count}件はこの画面に出ません）"),
        Said::Cut => "長いため途中まで表示しています。続きはこの画面にありません".to_owned(),
        Said::MediaLeftOut => "図・画像は表示していません".to_owned(),
        Said::Unreadable => "本文を読み取れません".to_owned(),
        Said::Withheld => "この権限では本文を表示しません".to_owned(),
        Said::CannotOpen(kind, size) => match sort(kind.as_deref(), *size) {
            Some(sort) => format!("添付（{sort}）：この画面では開けません"),
            None => "添付：この画面では開けません".to_owned(),
        },
    }
}

fn en(said: &Said) -> String {
    match said {
        Said::NoText(0) => "No text".to_owned(),
        Said::NoText(1) => "No text (1 coded entry, not on this page)".to_owned(),
        Said::NoText(count) => format!("No text ({count} coded entries, not on this page)"),
        Said::Cut => "Too long: only the beginning is here, the rest is not".to_owned(),
        Said::MediaLeftOut => "Pictures are not shown".to_owned(),
        Said::Unreadable => "The text cannot be read".to_owned(),
        Said::Withheld => "The text is not shown to this role".to_owned(),
        Said::CannotOpen(kind, size) => match sort(kind.as_deref(), *size) {
            Some(sort) => format!("Attachment ({sort}): cannot be opened here"),
            None => "Attachment: cannot be opened here".to_owned(),
        },
    }
}

/// 「application/pdf 12 KB」, as far as known.
fn sort(kind: Option<&str>, size: Option<u64>) -> Option<String> {
    let size = size.map(|bytes| match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{} MB", bytes / 1_048_576),
    });
    let parts: Vec<String> = kind.map(str::to_owned).into_iter().chain(size).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_named_by_type_and_size_as_far_as_they_are_known() {
        let pdf = Said::CannotOpen(Some("application/pdf".to_owned()), Some(12_600));
        assert_eq!(
            ja(&pdf),
            "添付（application/pdf 12 KB）：この画面では開けません"
        );
        assert_eq!(
            en(&Said::CannotOpen(None, None)),
            "Attachment: cannot be opened here"
        );
    }
}
