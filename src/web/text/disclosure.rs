//! Sentences of the disclosure: what a patient is told of who saw what.

use crate::{
    domain::review::{Asker, Proof},
    review::How,
};

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Disclosure {
    pub(in crate::web) title: &'static str,
    /// As it stands in the bar.
    pub(in crate::web) short: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) who: &'static str,
    pub(in crate::web) asker: &'static str,
    pub(in crate::web) asker_of: fn(Asker) -> &'static str,
    pub(in crate::web) name: &'static str,
    pub(in crate::web) proof: &'static str,
    pub(in crate::web) proof_of: fn(Proof) -> &'static str,
    pub(in crate::web) right: &'static str,
    pub(in crate::web) right_hint: &'static str,
    pub(in crate::web) whose: &'static str,
    pub(in crate::web) born: &'static str,
    pub(in crate::web) choose: &'static str,
    pub(in crate::web) submit: &'static str,
    pub(in crate::web) incomplete: &'static str,
    pub(in crate::web) right_missing: &'static str,
    pub(in crate::web) number_wrong: &'static str,
    pub(in crate::web) born_wrong: &'static str,
    pub(in crate::web) another: &'static str,
    /// No entry says a birth date.
    pub(in crate::web) unproven: &'static str,
    pub(in crate::web) sheet: &'static str,
    pub(in crate::web) facility: &'static str,
    pub(in crate::web) patient: &'static str,
    pub(in crate::web) no_name: &'static str,
    pub(in crate::web) made: &'static str,
    pub(in crate::web) time: &'static str,
    pub(in crate::web) how_title: &'static str,
    pub(in crate::web) how: fn(&How) -> &'static str,
    pub(in crate::web) items: &'static str,
    /// An item and how many rows of it.
    pub(in crate::web) item: fn(&str, u64) -> String,
    /// Items that were asked for and had no row.
    pub(in crate::web) empty: fn(usize) -> String,
    /// Sections without a known name.
    pub(in crate::web) unnamed: fn(usize) -> String,
    pub(in crate::web) identity_items: &'static str,
    pub(in crate::web) basis: &'static str,
    pub(in crate::web) emergency: fn(&str) -> String,
    pub(in crate::web) consented: &'static str,
    pub(in crate::web) audit: &'static str,
    pub(in crate::web) receipt: &'static str,
    pub(in crate::web) erased: &'static str,
    pub(in crate::web) erased_note: &'static str,
    pub(in crate::web) nothing: &'static str,
    /// How many times something was shown; how many entries showed nothing.
    pub(in crate::web) counted: fn(usize, usize) -> String,
    pub(in crate::web) cut: &'static str,
    pub(in crate::web) covers: &'static str,
    pub(in crate::web) nobody: &'static str,
    pub(in crate::web) table: &'static str,
    pub(in crate::web) print: &'static str,
    pub(in crate::web) note: &'static str,
}

pub(super) const JA: Disclosure = Disclosure {
    title: "閲覧記録の開示",
    short: "開示",
    hint: "ご本人（または代理人）からの求めに応じ、この施設で誰の情報がいつ・何を・どの根拠で表示されたかを一枚にします。職員の氏名は載りません。求めた方と確認方法は、開示の前に閲覧記録に残ります。",
    who: "求めた方",
    asker: "続柄",
    asker_of: |asker| match asker {
        Asker::Patient => "本人",
        Asker::Guardian => "法定代理人（親権者・後見人）",
        Asker::Delegate => "任意代理人（委任による）",
        Asker::Bereaved => "遺族",
    },
    name: "氏名",
    proof: "確認した書類",
    proof_of: |proof| match proof {
        Proof::IndividualNumberCard => "マイナンバーカード",
        Proof::Photograph => "顔写真付きの公的書類（運転免許証・在留カードなど）",
        Proof::TwoDocuments => "顔写真のない公的書類 2点",
        Proof::ByMail => "郵送（書類の写しと住民票）",
    },
    right: "代理・遺族の資格を示す書類",
    right_hint: "本人以外では必ず（委任状、戸籍謄本など）。",
    whose: "患者",
    born: "生年月日",
    choose: "選んでください",
    submit: "記録して開示する",
    incomplete: "続柄・氏名（120文字まで）・確認した書類を入力してください。",
    right_missing: "本人以外からの求めでは、資格を示す書類を入力してください（200文字まで）。",
    number_wrong: "保険者番号・番号・枝番を数字で入力してください。枝番がないと家族の記録と区別できません。",
    born_wrong: "生年月日を読み取れません（例：1960-04-01、昭和35年4月1日）。",
    another: "この番号の記録には、別の生年月日の方が載っています。番号・枝番・生年月日を確かめてください。開示はしていません（求めがあったことは記録しました）。",
    unproven: "この番号の記録には、生年月日を照合できるものがありません（消去済み、または本人情報を取得できないときの記録）。ご本人のものか確かめられないため、開示はしていません（求めがあったことは記録しました）。",
    sheet: "あなたの医療情報の閲覧記録",
    facility: "施設",
    patient: "対象の方",
    no_name: "記録に氏名なし、または消去済み",
    made: "作成",
    time: "日時",
    how_title: "方法",
    how: |how| match how {
        How::Searched => "患者検索で候補として表示",
        How::Screen => "画面に表示",
        How::Print => "印刷用に表示",
        How::Uncovered => "保護項目の表示",
        How::Document => "文書の表示",
        How::HandedOver => "救急隊引継ぎの表示",
        How::Fetched(_) => "先行取得（表示なし）",
        How::Replayed(true) => "監査のため再表示（値を含む）",
        How::Replayed(false) => "監査のため再表示（項目名のみ）",
        How::Reviewed => "審査のため氏名等を表示",
        How::Disclosed => "閲覧記録の開示の求め",
        How::Other => "その他の表示",
    },
    items: "表示された項目（件数）",
    item: |item, rows| format!("{item}（{rows}）"),
    empty: |count| format!("ほか{count}項目は表示0件"),
    unnamed: |count| format!("この版に名称のない項目（{count}）"),
    identity_items: "氏名・カナ・性別・生年月日・市区町村",
    basis: "根拠",
    emergency: |reason| {
        if reason.is_empty() {
            "救急時".to_owned()
        } else {
            format!("救急時：{reason}")
        }
    },
    consented: "同意",
    audit: "監査・開示",
    receipt: "受付番号",
    erased: "内容は消去済み",
    erased_note: "「内容は消去済み」：保存期間の終了または命令により内容の鍵が消去され、日時・項目・根拠だけが残っています。",
    nothing: "この番号で表示された記録はありません。",
    counted: |looks, silent| {
        format!(
            "表示等 {looks}件。このほか、表示を伴わない記録（開始・終了・補足・審査など）{silent}件。"
        )
    },
    cut: "一部のみ：記録が多いため、古いものを載せていません。",
    covers: "この施設のこのサーバーの閲覧記録のうち、上の番号（枝番を含む）のものによる。以前の番号での閲覧は含まれません。他の施設での閲覧は、マイナポータルまたは各施設にお尋ねください。",
    nobody: "救急時：生命・身体の保護に必要で、本人の同意を得ることが困難と医師が判断した場合。閲覧した職員の氏名は、この書面では開示していません。",
    table: "表（CSV）で保存",
    print: "印刷：ブラウザーの印刷（Ctrl+P）。A4にそのまま収まります。",
    note: "備考",
};

pub(super) const EN: Disclosure = Disclosure {
    title: "Disclosure of access",
    short: "Disclosure",
    hint: "On request of the patient, or of somebody who may ask in the patient's place: what of this patient was shown in this facility, when, and on what ground, on one sheet. Staff are not named. Who asked and how they were identified is recorded before anything is disclosed.",
    who: "Who asks",
    asker: "Asks as",
    asker_of: |asker| match asker {
        Asker::Patient => "The patient",
        Asker::Guardian => "Statutory representative (parent, guardian)",
        Asker::Delegate => "Delegate (by power of attorney)",
        Asker::Bereaved => "Bereaved family",
    },
    name: "Name",
    proof: "Identified by",
    proof_of: |proof| match proof {
        Proof::IndividualNumberCard => "Individual Number Card",
        Proof::Photograph => {
            "Official document with a photograph (driving licence, residence card)"
        }
        Proof::TwoDocuments => "Two official documents without a photograph",
        Proof::ByMail => "By mail (copies and residence certificate)",
    },
    right: "Document of the right to ask",
    right_hint: "Needed for everybody but the patient (power of attorney, family register).",
    whose: "Patient",
    born: "Birth date",
    choose: "Choose",
    submit: "Record and disclose",
    incomplete: "Fill in as whom, the name (up to 120 characters) and the document seen.",
    right_missing: "Whoever asks in the patient's place needs a document of the right to ask (up to 200 characters).",
    number_wrong: "Fill in insurer, number and branch in digits. Without the branch, the family cannot be told apart.",
    born_wrong: "The birth date cannot be read (1960-04-01).",
    another: "Entries of this number are about somebody with another birth date. Check number, branch and birth date. Nothing is disclosed; that it was asked is recorded.",
    unproven: "No entry of this number says a birth date that could be compared (erased, or written while the person could not be looked up). Whose they are is not proven, so nothing is disclosed; that it was asked is recorded.",
    sheet: "Record of access to your health information",
    facility: "Facility",
    patient: "About",
    no_name: "No name on record, or erased",
    made: "Made",
    time: "Time",
    how_title: "How",
    how: |how| match how {
        How::Searched => "Listed by a search",
        How::Screen => "Shown on the screen",
        How::Print => "Shown for printing",
        How::Uncovered => "Protected items shown",
        How::Document => "Document shown",
        How::HandedOver => "Ambulance handoff shown",
        How::Fetched(_) => "Fetched ahead (not shown)",
        How::Replayed(true) => "Shown again for audit (with values)",
        How::Replayed(false) => "Shown again for audit (names of items)",
        How::Reviewed => "Named for review",
        How::Disclosed => "Record of access asked for",
        How::Other => "Shown in another way",
    },
    items: "Items shown (rows)",
    item: |item, rows| format!("{item} ({rows})"),
    empty: |count| format!("{count} more without a row shown"),
    unnamed: |count| format!("items without a name here ({count})"),
    identity_items: "Name, kana, sex, birth date, town",
    basis: "Ground",
    emergency: |reason| {
        if reason.is_empty() {
            "Emergency".to_owned()
        } else {
            format!("Emergency: {reason}")
        }
    },
    consented: "Consent",
    audit: "Audit, disclosure",
    receipt: "Receipt",
    erased: "Content erased",
    erased_note: "\u{201c}Content erased\u{201d}: at the end of retention or by order the key of the content was erased; time, items and ground remain.",
    nothing: "Nothing was shown under this number.",
    counted: |looks, silent| {
        format!(
            "Shown {looks} times. {silent} more entries showed nothing (starts, ends, notes, reviews)."
        )
    },
    cut: "Only a part: there are too many entries, the oldest are left out.",
    covers: "By the ledger of this server of this facility, as far as it stands under the number above with its branch; looks under earlier numbers are not included. For access in other facilities see Mynaportal or ask there.",
    nobody: "Emergency: needed to protect life and body, where a physician judged that consent was hard to obtain. The staff who looked are not named on this sheet.",
    table: "Save as a table (CSV)",
    print: "To print: Ctrl+P. It fits on A4.",
    note: "Remark",
};
