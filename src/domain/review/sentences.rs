//! The words of the rules: a name, and one sentence that says why. `{n}` is what was counted,
//! `{limit}` the threshold.

use super::{Raised, Rule, Table};
use crate::domain::section::Language;

/// A rule's name.
#[must_use]
pub fn name(table: &Table, rule: Rule, language: Language) -> String {
    let own = table.get(rule).and_then(|setting| setting.name.as_ref());
    chosen(own, names(rule), language)
}

/// Why a case is flagged, in one sentence.
#[must_use]
pub fn sentence(table: &Table, raised: Raised, language: Language) -> String {
    let own = table
        .get(raised.rule)
        .and_then(|setting| setting.sentence.as_ref());
    let number = match (raised.number, language) {
        (Some(number), _) => number.to_string(),
        (None, Language::Ja) => "－".to_owned(),
        (None, Language::En) => "–".to_owned(),
    };
    chosen(own, sentences(raised.rule), language)
        .replace("{limit}", &table.threshold(raised.rule).to_string())
        .replace("{n}", &number)
}

/// What is wrong with a sentence that is configured in place of a rule's own.
#[must_use]
pub fn problem_of(sentence: &str) -> Option<&'static str> {
    let bare = sentence.replace("{limit}", "").replace("{n}", "");
    if sentence.trim().is_empty() {
        Some("is empty")
    } else if bare.contains(['{', '}']) {
        Some("has braces that are neither {n} nor {limit}")
    } else {
        None
    }
}

fn chosen(own: Option<&[String; 2]>, known: [&'static str; 2], language: Language) -> String {
    let [ja, en] = known;
    match (own, language) {
        (Some([ja, _]), Language::Ja) => ja.clone(),
        (Some([_, en]), Language::En) => en.clone(),
        (None, Language::Ja) => ja.to_owned(),
        (None, Language::En) => en.to_owned(),
    }
}

const fn names(rule: Rule) -> [&'static str; 2] {
    match rule {
        Rule::Decoy => ["おとり患者", "Decoy patient"],
        Rule::OwnRecord => ["本人の記録", "Own record"],
        Rule::Protected => ["特に保護する患者", "Protected person"],
        Rule::Colleague => ["職員の記録", "Colleague"],
        Rule::SameFamilyAndTown => ["同姓・同じ市区町村", "Same family name and town"],
        Rule::ObjectionOverridden => ["拒否の後", "After an objection"],
        Rule::SealedAccount => ["封印アカウント", "Sealed account"],
        Rule::AgainAfterWeeks => ["日を置いて再び", "Again after weeks"],
        Rule::Trawling => ["探し回り", "Trawling"],
        Rule::NoArrival => ["来院登録なし", "No arrival"],
        Rule::OffDuty => ["勤務時間外", "Off duty"],
        Rule::AboveBaseline => ["普段より多い", "More than usual"],
        Rule::InQuickSuccession => ["立て続け", "In quick succession"],
        Rule::WrongPatient => ["患者違い", "Wrong patient"],
        Rule::PossessionOnly => ["本人確認が未確定", "Identity not confirmed"],
        Rule::Vouched => ["保証による利用", "Vouched for"],
        Rule::FactorsReset => ["認証を再設定した直後", "Factors reset lately"],
        Rule::Delegated => ["代行者が与えた権限", "Permission by a delegate"],
        Rule::StrangeTerminal => ["初めての端末", "Strange terminal"],
        Rule::DisasterNotDeclared => ["宣言のない災害", "Disaster not declared"],
        Rule::OtherReason => ["理由「その他」", "Reason \"other\""],
        Rule::ClockStep => ["時計の変更", "Clock step"],
    }
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
const fn sentences(rule: Rule) -> [&'static str; 2] {
    match rule {
        Rule::Decoy => [
            "実在しないおとり患者です。診療で開く理由はありません。",
            "This patient does not exist: no treatment leads here.",
        ],
        Rule::OwnRecord => [
            "患者と閲覧者が同一人物とみられます（氏名が一致し、生年月日は矛盾しません）。",
            "Patient and viewer seem to be one person (same name, no different birth date).",
        ],
        Rule::Protected => [
            "特に保護する患者の一覧に載っています。",
            "The patient is on the list of protected persons.",
        ],
        Rule::Colleague => [
            "患者は当施設の職員とみられます。",
            "The patient seems to work in this facility.",
        ],
        Rule::SameFamilyAndTown => [
            "患者と閲覧者の姓と住所の市区町村が同じです。",
            "Patient and viewer have the same family name and live in the same town.",
        ],
        Rule::ObjectionOverridden => [
            "患者が閲覧を拒否した後に開かれました。",
            "It was opened after the patient had objected.",
        ],
        Rule::SealedAccount => [
            "封印された緊急用アカウントで開かれました。",
            "It was opened with a sealed emergency account.",
        ],
        Rule::AgainAfterWeeks => [
            "同じ閲覧者が{n}日前にも同じ患者を開いています（{limit}日以上）。",
            "The same viewer had opened this patient {n} days before ({limit} or more).",
        ],
        Rule::Trawling => [
            "前後1時間に、誰かを表示しながら誰も開かなかった検索が{n}回あります（{limit}回以上）。",
            "Within an hour before and after, {n} searches listed somebody and opened nobody ({limit} or more).",
        ],
        Rule::NoArrival => [
            "前後{limit}時間に来院の登録がありません。",
            "The patient was not registered within {limit} hours before or after.",
        ],
        Rule::OffDuty => [
            "勤務表では勤務中ではありません（最も近い勤務まで{n}分、{limit}分まで許容）。",
            "Not on duty by the roster (nearest duty {n} minutes away, {limit} are allowed).",
        ],
        Rule::AboveBaseline => [
            "24時間で{n}件目です。普段の日の{limit}倍を超えるか、開いた時点で普段より多いと判定されました。",
            "Number {n} within 24 hours: more than {limit} times a usual day, or more than usual when it was opened.",
        ],
        Rule::InQuickSuccession => [
            "短い間に立て続けに開かれました。",
            "Several were opened one right after the other.",
        ],
        Rule::WrongPatient => [
            "「患者違い」として終了しました。",
            "It ended as \"wrong patient\".",
        ],
        Rule::PossessionOnly => [
            "本人確認が所持品のみ、または記録されないままです。",
            "The identity rests on belongings only, or was never answered.",
        ],
        Rule::Vouched => [
            "端末または本人の認証を、同僚が保証して使われました。",
            "A colleague vouched for the terminal or for the second factor.",
        ],
        Rule::FactorsReset => [
            "管理者の発行したリンクで認証が設定されてから3日以内です。",
            "The account's factors had been set on an administrator's link within three days.",
        ],
        Rule::Delegated => [
            "救急時閲覧権限は、管理者ではなく代行者が与えました。",
            "The emergency permission was given by a delegate, not by an administrator.",
        ],
        Rule::StrangeTerminal => [
            "この端末を使うのは初めてです（それまでのログイン{n}回、{limit}回以上で判定）。",
            "The account never used this terminal before ({n} sign-ins so far; judged from {limit}).",
        ],
        Rule::DisasterNotDeclared => [
            "理由は「災害」ですが、施設は災害を宣言していません。",
            "The reason is \"disaster\", and the facility had declared none.",
        ],
        Rule::OtherReason => ["理由が「その他」です。", "The reason is \"other\"."],
        Rule::ClockStep => [
            "閲覧中に時計が{n}秒動かされました（{limit}秒以上）。",
            "The clock was moved by {n} seconds while it was open ({limit} or more).",
        ],
    }
}
