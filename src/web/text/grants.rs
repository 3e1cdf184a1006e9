//! Sentences around grants: the one more confirmation, consent, renewal, one's own grants of today,
//! and how a grant ended.

use crate::domain::{
    access::{End, Flag, FoundBy},
    consent::{Category, How},
};

use super::Sentence;

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Grants {
    /// Why it is asked once more.
    pub(in crate::web) confirm: fn(&[Flag]) -> String,
    /// Beside the reason, where it is asked once more.
    pub(in crate::web) confirm_hint: fn(&str) -> String,
    /// Before the glass of a patient who objected.
    pub(in crate::web) objected: &'static str,
    pub(in crate::web) found_by_label: &'static str,
    pub(in crate::web) found_by: fn(FoundBy) -> &'static str,
    pub(in crate::web) to_consent: &'static str,
    pub(in crate::web) consent_title: &'static str,
    pub(in crate::web) consent_hint: &'static str,
    pub(in crate::web) how_label: &'static str,
    pub(in crate::web) how: fn(How) -> &'static str,
    pub(in crate::web) categories: &'static str,
    pub(in crate::web) category: fn(Category) -> &'static str,
    pub(in crate::web) taken_by: &'static str,
    pub(in crate::web) consent_submit: &'static str,
    pub(in crate::web) consented: &'static str,
    pub(in crate::web) renew: &'static str,
    pub(in crate::web) renew_hint: &'static str,
    pub(in crate::web) today_title: &'static str,
    pub(in crate::web) today_hint: &'static str,
    pub(in crate::web) today_none: &'static str,
    pub(in crate::web) began: &'static str,
    pub(in crate::web) state: &'static str,
    pub(in crate::web) open: &'static str,
    pub(in crate::web) said: &'static str,
    pub(in crate::web) corrected: &'static str,
    pub(in crate::web) correct: &'static str,
    pub(in crate::web) unchanged: &'static str,
    /// Neither another reason nor a note.
    pub(in crate::web) nothing_corrected: &'static str,
    /// Neither a note nor how the patient was identified.
    pub(in crate::web) nothing_noted: &'static str,
    pub(in crate::web) note_title: &'static str,
    pub(in crate::web) back_to_patient: &'static str,
    /// Receipts of the pages that were shown.
    pub(in crate::web) views: &'static str,
    /// A grant that was never given out.
    pub(in crate::web) not_opened: &'static str,
    /// What an end does that a second press confirms; nothing where one press does.
    pub(in crate::web) end_twice: fn(End) -> Option<&'static str>,
    pub(in crate::web) end_now: &'static str,
    /// What could not be recorded, once more.
    pub(in crate::web) send_again: &'static str,
    pub(in crate::web) open_again: &'static str,
    /// What was just ended.
    pub(in crate::web) done: fn(End) -> String,
    /// The page of a grant that is over.
    pub(in crate::web) ended: fn(End) -> Sentence,
}

/// 日本語
pub(super) const JA: Grants = Grants {
    confirm: |flags| {
        let why: Vec<_> = flags.iter().copied().map(flag_ja).collect();
        format!(
            "{} もう一度 Enter で開きます（後日の監査で確認されます）。まだ開いていません。",
            why.join("")
        )
    },
    confirm_hint: |reason| format!("「{reason}」のまま開くときは Enter"),
    objected: "この患者は、この施設の閲覧を拒否したことがあります。開くときは補足に必要な理由を入力してください（監査で確認されます）。",
    found_by_label: "検索方法",
    found_by: found_by_ja,
    to_consent: "同意を得て閲覧",
    consent_title: "同意による閲覧",
    consent_hint: "同意のあった項目だけを、最長24時間表示します。ほかの項目は、件数も含めて「非表示」となります。同意の範囲にない情報源には照会しません。",
    how_label: "同意の方法",
    how: |how| match how {
        How::Oral => "口頭",
        How::Written => "書面",
        How::CardReader => "顔認証付きカードリーダー",
        How::Family => "家族等",
    },
    categories: "同意のあった項目",
    category: |category| match category {
        Category::Drugs => "薬剤",
        Category::Treatment => "診療（受診・診療行為・透析）",
        Category::Operations => "手術",
        Category::Checkups => "健診",
        Category::Chart => "電子カルテ（アレルギー・感染症・検査・傷病名・文書）",
    },
    taken_by: "同意を確認した人",
    consent_submit: "同意を記録して開く",
    consented: "同意",
    renew: "閲覧を延長",
    renew_hint: "理由の数字を1つ入力してEnter",
    today_title: "今日の自分の閲覧",
    today_hint: "理由の訂正と補足の追加は新しい記録になり、前の記録も残ります。終了した閲覧の患者名は表示しません。",
    today_none: "今日の閲覧はありません。",
    began: "開始",
    state: "状態",
    open: "閲覧中",
    said: "補足",
    corrected: "訂正",
    correct: "訂正・追記",
    unchanged: "変更しない",
    nothing_corrected: "訂正する理由を選ぶか、補足を入力してください。まだ何も記録していません。",
    nothing_noted: "本人確認の方法か補足を入力してください。まだ何も記録していません。",
    note_title: "本人確認・補足の記録",
    back_to_patient: "患者の画面に戻る",
    views: "表示の受付番号",
    not_opened: "開けなかった（記録の遅れ）",
    end_twice: |end| match end {
        End::Objected => Some("この施設の職員全員の、この患者の閲覧を終了します。"),
        End::Deceased => Some("死亡としてこの閲覧を終了します。"),
        End::Time
        | End::Hand
        | End::SignOut
        | End::Revoked
        | End::Restart
        | End::Renewed
        | End::WrongPatient
        | End::Transferred => None,
    },
    end_now: "終了する",
    send_again: "もう一度送る",
    open_again: "もう一度開く",
    done: |end| {
        format!(
            "閲覧を終了しました（{}）。",
            if end == End::Objected {
                "本人が拒否、この施設の閲覧すべて"
            } else {
                super::ja::end(end)
            }
        )
    },
    ended: |end| Sentence {
        title: "閲覧は終了しました",
        body: match end {
            End::Time => {
                "4時間の期限が過ぎたため、この閲覧は終了しました。必要なときは、検索からもう一度理由を入力して開いてください。"
            }
            End::Hand => {
                "診療終了として、この閲覧は終了しています。必要なときは、検索からもう一度理由を入力して開いてください。"
            }
            End::SignOut => {
                "ログアウトしたため、この閲覧は終了しました。必要なときは、検索からもう一度理由を入力して開いてください。"
            }
            End::Revoked => {
                "権限が取り消されたか、ログイン情報が変わったため、この閲覧は終了しました。管理者に確認してください。"
            }
            End::Restart => {
                "システムの再起動のため、この閲覧は終了しました。検索からもう一度理由を入力して開いてください。"
            }
            End::Renewed => {
                "この閲覧は更新されています。最初の画面の「自分が閲覧中の患者」から開いてください。"
            }
            End::WrongPatient => {
                "患者違いとして、この閲覧は終了しています。患者を確かめて、検索から開いてください。"
            }
            End::Objected => "患者本人が拒否したため、この閲覧は終了しました。",
            End::Transferred => {
                "転院のため、この閲覧は終了しています。必要なときは、検索からもう一度理由を入力して開いてください。"
            }
            End::Deceased => {
                "死亡のため、この閲覧は終了しています。必要なときは、検索からもう一度理由を入力して開いてください。"
            }
        },
    },
};

const fn flag_ja(flag: Flag) -> &'static str {
    match flag {
        Flag::OtherReason => "理由が「6 その他」です。",
        Flag::DisasterNotDeclared => "この施設では災害時の宣言が出ていません。",
        Flag::MoreThanUsual => "この24時間の閲覧が、いつもより多くなっています。",
        Flag::InQuickSuccession => "短い時間に多くの閲覧を開いています。",
        Flag::AfterObjection => "患者が閲覧を拒否したことがあります。",
        Flag::Vouched => "他の職員の保証による利用です。",
        Flag::Sealed => "封印された緊急用アカウントによる利用です。",
        Flag::Delegated => "緊急閲覧の権限は、管理者の代理が付与したものです。",
        Flag::FactorsResetLately => {
            "この72時間以内に、管理者の発行したリンクで認証手段が再設定されています。"
        }
    }
}

const fn found_by_ja(found_by: FoundBy) -> &'static str {
    match found_by {
        FoundBy::Insurance => "被保険者番号",
        FoundBy::FourAttributes => "4情報",
        FoundBy::Card => "マイナ保険証",
        FoundBy::Board => "現在対応中の患者",
        FoundBy::Certificate => "資格確認書",
        FoundBy::Launch => "電子カルテから",
        FoundBy::Disaster => "災害時（4情報）",
    }
}

/// English
pub(super) const EN: Grants = Grants {
    confirm: |flags| {
        let why: Vec<_> = flags.iter().copied().map(flag_en).collect();
        format!(
            "{} Press Enter once more to open (it will be looked at in the review). Nothing is open yet.",
            why.join(" ")
        )
    },
    confirm_hint: |reason| format!("Enter opens with \u{201c}{reason}\u{201d}"),
    objected: "This patient has objected to being looked at by this facility. To open, say in the note why it is needed (it will be looked at in the review).",
    found_by_label: "Found by",
    found_by: found_by_en,
    to_consent: "View with consent",
    consent_title: "Viewing with consent",
    consent_hint: "Shows only what was consented to, for at most 24 hours. Everything else says that it is withheld, not even how much; sources outside the consent are not asked.",
    how_label: "How consent was given",
    how: |how| match how {
        How::Oral => "Orally",
        How::Written => "In writing",
        How::CardReader => "At the card reader",
        How::Family => "By the family",
    },
    categories: "Consented to",
    category: |category| match category {
        Category::Drugs => "Drugs",
        Category::Treatment => "Treatment (visits, procedures, dialysis)",
        Category::Operations => "Operations",
        Category::Checkups => "Check-ups",
        Category::Chart => "Charts (allergies, infections, labs, problems, documents)",
    },
    taken_by: "Who took the consent",
    consent_submit: "Record the consent and open",
    consented: "Consent",
    renew: "Renew viewing",
    renew_hint: "One digit for the reason, then Enter",
    today_title: "Own viewing today",
    today_hint: "A corrected reason or an added note is a new entry; what was recorded before stays. Patients whose viewing is over are not named.",
    today_none: "Nothing was viewed today.",
    began: "Began",
    state: "State",
    open: "Open",
    said: "Note",
    corrected: "Corrected",
    correct: "Correct or add",
    unchanged: "Not changed",
    nothing_corrected: "Choose the right reason or enter a note. Nothing is recorded yet.",
    nothing_noted: "Say how the patient was identified or enter a note. Nothing is recorded yet.",
    note_title: "Identification and note",
    back_to_patient: "Back to the patient",
    views: "Receipts of what was shown",
    not_opened: "Could not be opened (recording was late)",
    end_twice: |end| match end {
        End::Objected => Some("This ends every viewing of this patient in this facility."),
        End::Deceased => Some("This ends the viewing because the patient died."),
        End::Time
        | End::Hand
        | End::SignOut
        | End::Revoked
        | End::Restart
        | End::Renewed
        | End::WrongPatient
        | End::Transferred => None,
    },
    end_now: "End now",
    send_again: "Send it again",
    open_again: "Open it again",
    done: |end| {
        format!(
            "Viewing has ended ({}).",
            if end == End::Objected {
                "the patient objected: all of this facility"
            } else {
                super::en::end(end)
            }
        )
    },
    ended: |end| Sentence {
        title: "Viewing is over",
        body: match end {
            End::Time => {
                "The four hours are over, so this viewing has ended. If you still need it, search again and give the reason."
            }
            End::Hand => {
                "This viewing was ended because care was finished. If you still need it, search again and give the reason."
            }
            End::SignOut => {
                "This viewing ended when you signed out. If you still need it, search again and give the reason."
            }
            End::Revoked => {
                "This viewing ended because the permission was taken back or the sign-in was changed. Please ask your administrator."
            }
            End::Restart => {
                "This viewing ended because the system was restarted. Search again and give the reason."
            }
            End::Renewed => {
                "This viewing was renewed. Open it from your patients on the first page."
            }
            End::WrongPatient => {
                "This viewing was ended as the wrong patient. Check who the patient is and search again."
            }
            End::Objected => "This viewing ended because the patient objected.",
            End::Transferred => {
                "This viewing was ended because the patient was transferred. If you still need it, search again and give the reason."
            }
            End::Deceased => {
                "This viewing was ended because the patient died. If you still need it, search again and give the reason."
            }
        },
    },
};

const fn flag_en(flag: Flag) -> &'static str {
    match flag {
        Flag::OtherReason => "The reason is 6 Other.",
        Flag::DisasterNotDeclared => "This facility has not declared a disaster.",
        Flag::MoreThanUsual => "You have opened more than usual in the last 24 hours.",
        Flag::InQuickSuccession => "You have opened many in a short time.",
        Flag::AfterObjection => "The patient has objected.",
        Flag::Vouched => "A colleague vouched for this session or its terminal.",
        Flag::Sealed => "A sealed emergency account is used.",
        Flag::Delegated => "A delegate gave the emergency permission in the administrator's place.",
        Flag::FactorsResetLately => {
            "The account's factors were set on an administrator's link in the last 72 hours."
        }
    }
}

const fn found_by_en(found_by: FoundBy) -> &'static str {
    match found_by {
        FoundBy::Insurance => "Insurance number",
        FoundBy::FourAttributes => "Four attributes",
        FoundBy::Card => "Card",
        FoundBy::Board => "Current patients",
        FoundBy::Certificate => "Certificate of eligibility",
        FoundBy::Launch => "The chart",
        FoundBy::Disaster => "Four attributes, in a disaster",
    }
}
