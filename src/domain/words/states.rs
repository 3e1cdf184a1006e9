//! Words of sections, sources and their states.

use crate::domain::section::{Language, SourceName};

/// Words of states.
#[derive(Debug)]
pub struct StateWords {
    /// The name of a source.
    pub source: fn(SourceName) -> &'static str,
    /// Nothing registered, which confirms nothing.
    pub reported_empty: &'static str,
    /// Nothing inside the window, though there is something outside.
    pub empty_inside_window: &'static str,
    /// None: the statement's words, who and when.
    pub none_known: fn(&str, &str) -> String,
    /// What an unnamed author or a system says; not a confirmation.
    pub unconfirmed_none: fn(&str, &str) -> String,
    /// A denial of one kind only, which says nothing of the others.
    pub kind_none: fn(&str, &str) -> String,
    /// A denial out of a list or document that was replaced or taken out of use.
    pub past_none: fn(&str, &str) -> String,
    /// The words of a denial out of a document that is not final.
    pub provisional: fn(&str) -> String,
    /// A section of a document that holds text and no resource.
    pub in_text: &'static str,
    /// So many resources that a document names did not come.
    pub unresolved: fn(usize) -> String,
    /// A denial that was itself refuted.
    pub refuted_none: fn(&str, &str) -> String,
    /// A section that a sender calls empty, as the words of the denial.
    pub nilknown: fn(&str) -> String,
    /// What the patient said of himself.
    pub patient_said: &'static str,
    /// What a relative or companion said.
    pub relative_said: &'static str,
    /// A statement without a date.
    pub undated: &'static str,
    /// Something a sender says, and who says it.
    pub said_by: fn(&str, &str) -> String,
    /// What came from the cache was received then; what was registered since is not in it.
    pub stale: fn(&str) -> String,
    /// An `emptyReason` that has no words of its own.
    pub reason_as_sent: fn(&str) -> String,
    /// Nobody asked.
    pub not_asked: &'static str,
    /// Nobody asked, and who says so.
    pub not_asked_by: fn(&str) -> String,
    /// The source never carries it.
    pub not_covered: &'static str,
    /// So many may not be shown.
    pub withheld: fn(usize) -> String,
    /// The sender says that it withholds something, and who says so.
    pub withheld_by_sender: fn(&str) -> String,
    /// The viewer's role may not see it.
    pub forbidden: &'static str,
    /// Could not be had, with why.
    pub not_fetched: fn(&str) -> String,
    /// Still being asked.
    pub coming: &'static str,
    /// No connection to this source.
    pub not_connected: &'static str,
    /// The sender says that the information is not available.
    pub unavailable: &'static str,
    /// So many came that could not be read.
    pub unreadable: fn(usize) -> String,
    /// So many are shown of which a part could not be read.
    pub partly_unreadable: fn(usize) -> String,
    /// So many are older than the window.
    pub outside_window: fn(usize) -> String,
    /// So many are marked as entered in error and not shown.
    pub entered_in_error: fn(usize) -> String,
    /// The source has more than was fetched.
    pub more_at_source: &'static str,
    /// Why a section without rows is not empty: the source has more than was fetched.
    pub more_unseen: &'static str,
    /// Why a section without rows is not "none": so many resources might belong to it.
    pub may_belong: fn(usize) -> String,
    /// So many are about another patient and not shown.
    pub other_patient: fn(usize) -> String,
    /// So many name no patient and are not shown.
    pub no_subject: fn(usize) -> String,
    /// So many of unknown kind could not be read.
    pub unreadable_anywhere: fn(usize) -> String,
    /// Nobody is named in what was read.
    pub no_patient: &'static str,
    /// Fields of the patient's own resource that could not be read.
    pub patient_unreadable: fn(&str) -> String,
    /// So many further resources of the same id name somebody else.
    pub patient_differs: fn(usize) -> String,
    /// Between parts of a bracket: who, when, where.
    pub separator: &'static str,
    /// Somebody who is not named.
    pub unnamed: &'static str,
}

/// The words in `language`.
#[must_use]
pub const fn words(language: Language) -> &'static StateWords {
    match language {
        Language::Ja => &JA,
        Language::En => &EN,
    }
}

const JA: StateWords = StateWords {
    source: |source| match source {
        SourceName::Identity => "オンライン資格確認",
        SourceName::Emr => "電子カルテ情報共有サービス",
        SourceName::Eprescription => "電子処方箋",
        SourceName::Claims => "レセプト",
    },
    reported_empty: "登録なし ―「なし」の確認ではない",
    empty_inside_window: "期間内の登録なし ―「なし」の確認ではない",
    none_known: |text, who| format!("なし：{text}（{who} 確認）"),
    unconfirmed_none: |text, who| format!("「{text}」の記載（{who}）―「なし」の確認ではない"),
    kind_none: |text, who| {
        format!("「{text}」の記載（{who}）― ほかの種類については確認されていません")
    },
    past_none: |text, who| {
        format!("「{text}」は過去の記載（{who}、旧版または使用終了）―「なし」の確認ではない")
    },
    provisional: |words| format!("{words}（暫定）"),
    in_text: "文書に記載あり（本文を参照）―「なし」ではない",
    unresolved: |n| format!("参照先を取得できず {n}件"),
    refuted_none: |text, who| format!("「{text}」は否定されています（{who}）― 有無は不明"),
    nilknown: |about| format!("{about} 該当なし"),
    patient_said: "患者申告",
    relative_said: "家族等の申告",
    undated: "日付不明",
    said_by: |words, who| format!("{words}：{who}"),
    stale: |when| format!("{when} 取得分、その後の登録は含みません"),
    reason_as_sent: |code| format!("送信元の理由コード「{code}」"),
    not_asked: "未聴取",
    not_asked_by: |who| format!("未聴取（{who}）"),
    not_covered: "対象外（この情報源にはない項目）",
    withheld: |n| format!("非表示 {n}件"),
    withheld_by_sender: |who| format!("非表示（送信元による：{who}）"),
    forbidden: "非表示（職種または同意の範囲外）",
    not_fetched: |why| format!("取得できず（{why}）"),
    coming: "照会中 ―「なし」ではありません",
    not_connected: "未接続",
    unavailable: "送信元に情報がない",
    unreadable: |n| format!("読み取れないもの {n}件"),
    partly_unreadable: |n| format!("一部を読めないもの {n}件（表示あり）"),
    outside_window: |n| format!("期間外 {n}件"),
    entered_in_error: |n| format!("誤登録 {n}件（表示していません）"),
    more_at_source: "情報源にはこれ以外にもあります（一部のみ取得）",
    more_unseen: "一部のみ取得、情報源に続きあり",
    may_belong: |n| format!("項目または患者を判別できないもの {n}件"),
    other_patient: |n| format!("別の患者のもの {n}件を除外しました"),
    no_subject: |n| format!("誰のものか書かれていないもの {n}件（表示していません）"),
    unreadable_anywhere: |n| format!("項目を判別できない、読み取れないもの {n}件"),
    no_patient: "患者情報が含まれていません ― 本人確認ができません",
    patient_unreadable: |fields| format!("患者情報に読めない項目があります（{fields}）"),
    patient_differs: |n| {
        format!("同じIDで氏名・生年月日・性別の異なる患者情報が{n}件あります ― 患者違いの可能性")
    },
    separator: "・",
    unnamed: "氏名の記載なし",
};

const EN: StateWords = StateWords {
    source: |source| match source {
        SourceName::Identity => "insurance eligibility service",
        SourceName::Emr => "shared medical records",
        SourceName::Eprescription => "e-prescription service",
        SourceName::Claims => "insurance claims",
    },
    reported_empty: "Nothing on file (absence not confirmed)",
    empty_inside_window: "Nothing on file inside the window (absence not confirmed)",
    none_known: |text, who| format!("None: {text} (confirmed by {who})"),
    unconfirmed_none: |text, who| {
        format!("\"{text}\" is recorded ({who}): this does not confirm that there is none")
    },
    kind_none: |text, who| {
        format!("\"{text}\" is recorded ({who}): other kinds were not confirmed")
    },
    past_none: |text, who| {
        format!(
            "\"{text}\" was recorded ({who}; replaced or retired since): this does not confirm that there is none"
        )
    },
    provisional: |words| format!("{words} (preliminary)"),
    in_text: "Told in the text of a document (read it there): this does not mean none",
    unresolved: |n| format!("{n} referred to could not be had"),
    refuted_none: |text, who| {
        format!("\"{text}\" was refuted ({who}): whether there is any is unknown")
    },
    nilknown: |about| format!("{about}: none"),
    patient_said: "reported by the patient",
    relative_said: "reported by a relative",
    undated: "date unknown",
    said_by: |words, who| format!("{words}: {who}"),
    stale: |when| format!("as received {when}; later entries are not in it"),
    reason_as_sent: |code| format!("the sender's reason code is \"{code}\""),
    not_asked: "Not asked",
    not_asked_by: |who| format!("Not asked ({who})"),
    not_covered: "Not carried by this source",
    withheld: |n| format!("{n} withheld"),
    withheld_by_sender: |who| format!("Withheld by the sender ({who})"),
    forbidden: "Withheld (outside what the role or the consent covers)",
    not_fetched: |why| format!("Not fetched ({why})"),
    coming: "Being asked: this does not mean none",
    not_connected: "not connected",
    unavailable: "the sender has no information",
    unreadable: |n| format!("{n} could not be read"),
    partly_unreadable: |n| format!("{n} shown, partly unreadable"),
    outside_window: |n| format!("{n} outside the window"),
    entered_in_error: |n| format!("{n} entered in error (not shown)"),
    more_at_source: "The source has more than this (only a part was fetched)",
    more_unseen: "only a part was fetched, the source has more",
    may_belong: |n| format!("{n} of unknown kind or patient"),
    other_patient: |n| format!("{n} about another patient were excluded"),
    no_subject: |n| format!("{n} name no patient (not shown)"),
    unreadable_anywhere: |n| format!("{n} of unknown kind could not be read"),
    no_patient: "No patient details came with the data: identity cannot be checked",
    patient_unreadable: |fields| format!("Patient details that could not be read: {fields}"),
    patient_differs: |n| {
        format!(
            "{n} further patient records of the same id differ in name, birth date or sex: possibly another patient"
        )
    },
    separator: ", ",
    unnamed: "somebody not named",
};
