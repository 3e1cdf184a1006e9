//! 日本語

use crate::{
    access::{Field, Refusal, Wrong},
    domain::{
        access::{End, IdentifiedBy, Reason, Role},
        patient::Sex,
        section::{Language, Look, SectionName, SourceName, State},
        summary::Partial,
    },
};

use super::{
    Audit, Common, Door, Glass, Guide, Problem, Search, Sentence, Summary, Text, Words,
    recorded_death,
};

/// The Japanese words.
pub(super) static TEXT: Text = Text {
    lang: "ja",
    common: Common {
        product: "救急サマリー端末",
        demo: "模擬患者（実在しません）",
        skip: "本文へ",
        other_language: "English",
        home: "患者検索",
        start: "最初の画面",
        lock: "ロック",
        sign_out: "ログアウト",
        request: "問い合わせ番号：",
        settings: "表示・キー",
        theme: "画面の明るさ",
        theme_auto: "自動",
        theme_light: "明るい",
        theme_dark: "暗い（夜間）",
        pages: "ページ",
        comma: "、",
        previous: "前へ",
        next: "次へ",
        no_print: "この画面は印刷できません。患者の画面で p キーを押してください（記録されます）",
    },
    door: Door {
        title: "ログイン",
        account: "職員ID",
        password: "パスワード",
        code_title: "確認コード",
        code: "確認コード（6桁）",
        code_later: "空欄のまま進むと、次の画面で尋ねます。この端末でロック中の本人は不要です。",
        code_hint: "認証アプリに表示されている6桁の数字を入力してください。",
        terminal_title: "端末の登録",
        terminal_device: "登録コード",
        terminal_hint: "管理者が発行したコード（12文字、30分・1回限り）を入力してください。このブラウザーがその端末になります。",
        terminal_submit: "登録",
        terminal_unknown: "この登録コードは使えません（誤り・使用済み・期限切れ）。コードを確かめるか、管理者に新しいコードを求めてください。",
        submit: "ログイン",
        logged: "ログインと閲覧はすべて記録されます。",
        lock_title: "画面ロック中",
        lock_body: "続けるにはパスワードを入力してください。閲覧中の患者の画面は閉じられていません。",
        unlock: "ロック解除",
        locked_as: "ロック中の職員：",
    },
    search: Search {
        title: "患者検索",
        by_number: "保険証・資格確認書の番号",
        insurer: "保険者番号",
        symbol: "記号",
        number: "番号",
        branch: "枝番",
        number_hint: "全角・半角・ハイフンは区別しません。記号と枝番は空欄でもかまいません。公費負担者番号・受給者番号でも検索できます。読取り機（QR・磁気）は番号欄に読み込んでください。",
        by_four: "氏名・生年月日・性別・住所（4情報）",
        name: "氏名",
        birth_date: "生年月日",
        birth_hint: "生年月日の例：S35.4.1、昭和35年4月1日、19600401。氏名は姓名とも（漢字・カナ、外国名はローマ字）、住所は都道府県から入力してください（住所の代わりに保険者名でも可）。",
        sex: "性別",
        sex_unset: "選択",
        address: "住所",
        insurer_name: "保険者名",
        submit: "検索",
        certificate: "資格確認書で検索",
        slowed: |seconds| {
            format!(
                "検索が続いたため、{seconds}秒待って回答しました。検索は止まりません（記録されます）。"
            )
        },
        recorded: "検索した人・時刻・検索内容は記録されます。",
        current: "現在対応中の患者",
        current_hint: "この施設の職員が閲覧中の患者です。選ぶと、その理由を使える確認画面に進みます。",
        current_others,
        current_unrecorded: "閲覧記録を書き込めないため、現在対応中の患者の一覧を表示できません。番号で検索してください。",
        send_again: "まだ検索していません。入力は残っています。もう一度「検索」を押してください。",
        disaster: |place| {
            format!(
                "災害時の宣言中です（{place} まで）。理由「5 災害・多数傷病者」は追加の確認なしで開けます。"
            )
        },
        namesake: "同番号または同姓同名の患者あり",
        own_grants: "自分が閲覧中の患者（そのまま開けます）",
        no_clinical: "受付の権限では、診療情報は表示されません。",
        auditor: "監査担当の権限です。患者の診療画面は開けません。",
        administrator: "管理者の権限です。患者の診療画面は開けません。職員・端末を管理できます。",
    },
    glass: Glass {
        title: "患者の確認と救急時閲覧",
        candidate: "候補",
        several: "候補が複数あります。太字の違いを確かめて、1人を選んでください。",
        several_seen: "候補が複数あります。太字の違いを確かめてください。",
        candidate_key: "このキーで理由の欄へ",
        family: "同番号・同生年月日の家族あり",
        nobody: "登録なし ― 既往なしではない",
        nobody_next: "番号を確かめて直すか、氏名・生年月日・性別・住所で検索してください。",
        nobody_by_four: "入力を確かめて直すか、保険証・資格確認書の番号で検索してください。",
        too_many: "該当者が多すぎます。生年月日や住所など、項目を1つ加えて検索してください。",
        unconfirmed: "本人情報 未確認 ― 資格確認サービスが応答しません。番号だけで開きます。",
        partly: |agreed, open| {
            format!(
                "一致：{agreed}。照合できていない項目：{open}。本人かどうかを別の方法で確かめてください。"
            )
        },
        year_only: "生年月日（登録は年のみ）",
        month_only: "生年月日（登録は年月のみ）",
        prefecture: "住所の都道府県",
        death: |death| recorded_death(death, Language::Ja),
        legal_before: "生命・身体の保護に必要で、本人の同意を得ることが困難と医師が判断（判断者：",
        legal_before_captain: "生命・身体の保護に必要で、本人の同意を得ることが困難と隊長が判断（判断者：",
        judge_before: "（判断者：",
        legal_after: "）",
        judged_by: "判断した医師の氏名",
        judged_by_self: "本人（ログイン中の医師）",
        judged_by_captain: "判断した隊長の氏名",
        captain_missing: "判断した隊長の氏名を入力してください。",
        reason: "理由（数字1つ）",
        reason_hint: "数字を1つ入力してEnter",
        note: "補足",
        note_hint: "「6 その他」のときは必ず入力",
        then_tab: "入力後、Tabで理由の欄へ",
        identified_by: "本人確認の方法",
        identified_later: "後で入力",
        submit: "救急時閲覧を開始",
        reason_joined,
        reason_kept,
        not_opened: "まだ開いていません。入力はそのまま残っています。もう一度送ると、記録できたときに開きます。",
        consequence,
        continue_open: "閲覧中です。続けて開く",
        no_permission: "救急時閲覧権限がないため、診療情報は開けません。",
        only_with_consent: "救急時閲覧権限がないため、開けるのは本人の同意を得たときだけです。",
        search_again: "別の患者を検索",
        kana: "カナ",
        town: "市区町村",
        unknown: "不明",
    },
    summary: Summary {
        title: "救急サマリー",
        print_title: "救急サマリー（印刷）",
        name_unknown: "氏名不明",
        unconfirmed: "本人情報 未確認",
        usual_name: "通称名",
        number: "番号",
        identified: "本人確認：",
        identity_open: "未確定",
        identity_ask: "記録する",
        save: "記録",
        viewer: "閲覧者",
        left: "閲覧中 残り",
        receipt: "受付番号",
        wrong_patient: "患者違い",
        end: "閲覧を終了",
        strip: "アレルギー・禁忌",
        severe: "重篤",
        normal: "通常表示",
        emergency: "救急表示",
        print: "印刷",
        print_now: "この用紙を印刷",
        print_again: "もう一度 p キーで印刷画面を開きます（記録されます）",
        print_note: "印刷は p キー（記録されます）",
        printed_by: "印刷者",
        printed_at: "印刷日時",
        back: "画面に戻る",
        never_holds: "この画面にない情報：妊娠、DNAR/ACP、5年より前の手術・体内デバイス、シャント側、予防接種、体重・ADL、市販薬、自費・労災",
        sheet_rows,
        sheet_end,
        covered: "画面を隠しています",
        uncover: "表示に戻る（Enter）",
        lock_soon: "まもなくロックします。",
        stay: "続ける",
        keys_on: "キー操作：入",
        keys_off: "キー操作：切",
        keys: &[
            ("1", "アレルギー等"),
            ("2", "薬剤禁忌"),
            ("3", "薬剤"),
            ("4", "感染症"),
            ("5", "検査"),
            ("6", "傷病名"),
            ("7", "手術"),
            ("8", "透析"),
            ("9", "受診歴"),
            ("0", "診療行為・健診・文書（押すたびに次へ）"),
            ("/", "患者検索"),
            ("n", "通常表示と救急表示"),
            ("p", "印刷（続けて2回）"),
            ("e", "English"),
            ("l", "ロック"),
            ("u", "利用者交代"),
            ("x", "患者違い（すぐに隠して終了）"),
            ("r", "更新（終了の15分前から）"),
            ("Esc", "画面をすぐに隠す"),
            ("?", "この一覧"),
        ],
        keys_title: "キー一覧",
        keys_note: "数字は項目へ移り、畳んだ行を開きます。もう一度押すと畳みます。すべてマウスとタッチでも操作できます。",
        late_failed: "残りの情報を取得できませんでした。もう一度取得してください。",
        retry: "再取得",
        accounting,
        as_of: "基準日",
        contacts: "連絡先",
        patient: "患者",
        facility: "施設",
        department: "診療科",
        telephone: "電話",
        date: "日付",
        source: "情報源",
        received: "受信",
    },
    guide: Guide {
        title: "部品一覧",
        hint: "画面の部品をすべて並べた、開発用の一覧です。患者の情報はありません。",
        colours: "色",
        type_scale: "文字の大きさ",
        icons: "記号（1つの意味に1つ）",
        tags: "札",
        banner: "帯（患者とアレルギー）",
        sections: "項目と状態",
        flash: "お知らせ",
        fields: "入力欄",
        pager: "ページ送り",
        dialog: "開く欄",
        sample: "見本",
        sample_drug: "見本薬錠5mg",
        sample_detail: "12/4分まで調剤",
        sample_place: "見本病院",
        sample_allergen: "見本抗菌薬",
        sample_reaction: "アナフィラキシー",
        sample_name: "見本 花子",
        sample_age: "70歳",
    },
    asked: super::asked::JA,
    launch: super::launch::JA,
    factors: super::factors::JA,
    admin: super::admin::JA,
    health: super::health::JA,
    seats: super::seats::JA,
    handoff: super::handoff::JA,
    receipts: super::receipts::JA,
    integrity: super::integrity::JA,
    grants: super::grants::JA,
    unread: super::unread::JA,
    audit: Audit {
        title: "閲覧記録",
        hint: "この施設の新しい記録です。この一覧を開いたことも記録されます。",
        seq: "番号",
        time: "日時",
        event: "出来事",
        account: "職員",
        terminal: "端末",
        patient: "患者（仮名）",
        receipt: "受付番号",
        reason: "理由",
        words: event,
    },
    replay: super::replay::JA,
    review: super::review::JA,
    disclosure: super::disclosure::JA,
    report: super::report::JA,
    lists: super::lists::JA,
    problem: PROBLEM,
    words: Words {
        section,
        state,
        source,
        mark,
        role,
        reason,
        identified_by,
        end,
        sex,
        look,
        wrong,
        refusal,
        partial,
        more,
        outside_window,
        withheld,
        stale,
    },
};

const PROBLEM: Problem = Problem {
    malformed: Sentence {
        title: "入力を読み取れません",
        body: "送信された内容を読み取れませんでした。前の画面に戻って入力し直してください。",
    },
    unclean: Sentence {
        title: "使えない文字がありました",
        body: "送信された内容に使えない文字（制御文字や壊れた文字）があり、何も行っていません。それを除いた内容を確かめて、送り直してください。パスワード・確認コード・理由は入力し直してください。",
    },
    unclean_again: "この内容で送り直す",
    unclean_glass: "患者を確かめる画面へ",
    signed_out: Sentence {
        title: "ログインが必要です",
        body: "ログインしていないか、ログインの有効期限が切れました。ログインし直してください。",
    },
    not_allowed: Sentence {
        title: "開けません",
        body: "この操作の権限がないか、対象がありません。最初の画面から開き直してください。",
    },
    not_found: Sentence {
        title: "ページがありません",
        body: "このページはありません。最初の画面から開き直してください。",
    },
    wrong_method: Sentence {
        title: "この操作はできません",
        body: "この方法では開けません。最初の画面からやり直してください。",
    },
    grant_over: Sentence {
        title: "閲覧は終了しました",
        body: "この患者の閲覧は終了しています。必要なときは、検索からもう一度理由を入力して開いてください。",
    },
    other_node: Sentence {
        title: "この閲覧はここでは開けません",
        body: "この端末で開き直してください。検索からもう一度理由を入力すると開けます。",
    },
    stale: Sentence {
        title: "候補の有効期限が切れました",
        body: "検索結果の有効期限が切れました。もう一度検索してください。",
    },
    foreign_form: Sentence {
        title: "受け付けられません",
        body: "この画面から送られた操作ではないため、受け付けませんでした。最初の画面からやり直してください。",
    },
    too_large: Sentence {
        title: "入力が長すぎます",
        body: "送信できるのは全体で64 kB（日本語で約7,000文字）までです。前の画面に戻り、短くして送り直してください。",
    },
    wrong_type: Sentence {
        title: "受け付けられない形式です",
        body: "この形式の送信は受け付けていません。画面のフォームから送信してください。",
    },
    wrong_host: Sentence {
        title: "アドレスが違います",
        body: "このアドレスでは利用できません。院内で案内されたアドレスを開いてください。",
    },
    prefetch: Sentence {
        title: "先読みはできません",
        body: "先読みでは表示しません。画面を開き直してください。",
    },
    busy: Sentence {
        title: "混み合っています",
        body: "同時に多くの要求があり、今は処理できません。数秒後にもう一度操作してください。入力した内容は受け付けていません。",
    },
    broken: Sentence {
        title: "表示できません",
        body: "画面を作れませんでした。もう一度開き、続く場合は問い合わせ番号を管理者に伝えてください。",
    },
    cannot_record: Sentence {
        title: "記録できないため表示できません",
        body: "閲覧記録を書き込めないため、診療情報を表示できません。別の端末で開くか、施設の手順に従ってください。",
    },
    unavailable: Sentence {
        title: "いま利用できません",
        body: "いま処理できません。少し待ってもう一度操作してください。",
    },
    two_patients: Sentence {
        title: "安全のため表示を中止しました",
        body: "複数の患者の情報が混ざるおそれがあるため、表示しませんでした。検索から開き直してください。",
    },
    field: Sentence {
        title: "入力を確かめてください",
        body: "入力に誤りがあります。前の画面に戻って入力し直してください。",
    },
    locked: Sentence {
        title: "画面ロック中",
        body: "画面がロックされています。パスワードで解除してください。",
    },
};

fn current_others(more: usize) -> String {
    format!("ほか{more}人は番号か氏名で検索してください。")
}

fn reason_joined(reason: &str) -> String {
    format!(
        "対応中の職員の理由は「{reason}」です。同じなら空欄のままEnter、違えば数字を1つ入力してください。"
    )
}

fn reason_kept(reason: &str) -> String {
    format!(
        "理由は「{reason}」です。足りない項目を入力し、この欄を空欄のままEnterで開きます。違えば数字を1つ入力してください。"
    )
}

fn consequence(who: &str, whom: Option<&str>) -> String {
    let whom = whom.map_or_else(|| "この番号の患者".to_owned(), |name| format!("{name} 様"));
    format!(
        "開始すると、{who}が{whom}を閲覧したことが端末・時刻・理由・表示内容とともに閲覧記録に残り、後日監査されます。"
    )
}

fn sheet_rows(rows: usize) -> String {
    format!("全{rows}行")
}

fn sheet_end(rows: usize) -> String {
    format!("― 以上 全{rows}行。この行がなければ続きの用紙があります ―")
}

fn accounting(shown: usize, all: usize) -> String {
    format!("受信 {all}件のうち {shown}件を表示")
}

fn section(name: SectionName) -> &'static str {
    match name {
        SectionName::Allergies => "アレルギー等",
        SectionName::Contraindications => "薬剤禁忌",
        SectionName::Drugs => "薬剤",
        SectionName::Infections => "感染症",
        SectionName::Labs => "検査",
        SectionName::Problems => "傷病名",
        SectionName::Operations => "手術",
        SectionName::Dialysis => "透析",
        SectionName::Visits => "受診歴",
        SectionName::Procedures => "診療行為",
        SectionName::Checkups => "健診",
        SectionName::Documents => "文書",
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Present => "あり",
        State::NoneKnown => "なし",
        State::ReportedEmpty => "登録なし ―「なし」の確認ではない",
        State::NotAsked => "未聴取",
        State::NotCovered => "対象外",
        State::Withheld => "非表示",
        State::NotFetched => "取得できず",
        State::Coming => "照会中",
    }
}

fn source(name: SourceName) -> &'static str {
    match name {
        SourceName::Identity => "オンライン資格確認",
        SourceName::Emr => "電子カルテ情報共有サービス",
        SourceName::Eprescription => "電子処方箋管理サービス",
        SourceName::Claims => "レセプト",
    }
}

fn mark(name: SourceName) -> &'static str {
    match name {
        SourceName::Identity => "資格",
        SourceName::Emr => "電カル",
        SourceName::Eprescription => "電処",
        SourceName::Claims => "レセ",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Physician => "医師",
        Role::Nurse => "看護師",
        Role::Pharmacist => "薬剤師",
        Role::Paramedic => "救急隊員",
        Role::Clerk => "受付",
        Role::Auditor => "監査",
        Role::Administrator => "管理者",
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Unconscious => "意識障害",
        Reason::DangerToLife => "生命の危険",
        Reason::CannotCommunicate => "意思疎通困難",
        Reason::NoTime => "同意取得の時間的余裕がない",
        Reason::Disaster => "災害・多数傷病者",
        Reason::Other => "その他（補足が必要）",
    }
}

fn identified_by(by: IdentifiedBy) -> &'static str {
    match by {
        IdentifiedBy::Photograph => "顔写真照合",
        IdentifiedBy::Companion => "家族・同伴者",
        IdentifiedBy::Crew => "救急隊引継ぎ",
        IdentifiedBy::Belongings => "所持品のみ",
        IdentifiedBy::Patient => "本人",
    }
}

pub(super) fn end(end: End) -> &'static str {
    match end {
        End::Time => "時間切れ",
        End::Hand => "診療終了",
        End::SignOut => "ログアウト",
        End::Revoked => "権限の取消し",
        End::Restart => "再起動",
        End::Renewed => "更新",
        End::WrongPatient => "患者違い",
        End::Objected => "本人が拒否",
        End::Transferred => "転院",
        End::Deceased => "死亡",
    }
}

fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "男",
        Sex::Female => "女",
        Sex::Other => "その他",
        Sex::Unknown => "性別不明",
    }
}

fn look(look: Look) -> &'static str {
    match look {
        Look::Emergency => "救急表示",
        Look::Normal => "通常表示",
    }
}

fn field(field: Field) -> &'static str {
    match field {
        Field::Reason => "理由",
        Field::Note => "補足",
        Field::JudgedBy => "判断した医師",
        Field::IdentifiedBy => "本人確認の方法",
        Field::Insurer => "保険者番号",
        Field::Number => "番号",
        Field::Name => "氏名",
        Field::BirthDate => "生年月日",
        Field::Sex => "性別",
        Field::Address => "住所",
        Field::Mode => "検索方法",
        Field::End => "終了の理由",
        Field::How => "同意の方法",
        Field::Categories => "同意のあった項目",
        Field::TakenBy => "同意を確認した人",
        Field::Renewal => "更新",
    }
}

fn wrong(which: Field, wrong: Wrong) -> String {
    let name = field(which);
    match (which, wrong) {
        (Field::Reason, Wrong::NotOneOf | Wrong::Missing | Wrong::Unreadable) => {
            "理由は1から6の数字を1つだけ入力してください。".to_owned()
        }
        (Field::Reason, Wrong::Contradictory) => {
            "理由が2つ送られました。1つだけ選んでください。".to_owned()
        }
        (Field::Note, Wrong::Missing) => {
            "「6 その他」のときと、患者が拒否したことのあるときは、補足を入力してください。"
                .to_owned()
        }
        (_, Wrong::TooEarly) => format!("{name}は、終了の15分前からできます。"),
        (Field::Renewal, Wrong::NotOneOf) => {
            "同意による閲覧は更新できません。期限のあとは、同意を取り直してください。".to_owned()
        }
        (_, Wrong::Missing) => format!("{name}を入力してください。"),
        (_, Wrong::NotOneOf) => format!("{name}は一覧から1つ選んでください。"),
        (_, Wrong::Contradictory) => format!("{name}に違う値が2つ送られました。"),
        (_, Wrong::TooLong(limit)) => format!("{name}は{limit}文字以内で入力してください。"),
        (_, Wrong::Unscanned) => {
            "読み取った内容から番号がわかりません。もう一度読み取るか、保険者番号・記号・番号・枝番を入力してください。"
                .to_owned()
        }
        (_, Wrong::NoPrefecture) => {
            format!("{name}は都道府県から入力してください（例：千葉県千葉市）。")
        }
        (_, Wrong::Uncheckable) => {
            "保険者名だけでは確かめられません。住所を都道府県から入力してください。".to_owned()
        }
        (_, Wrong::InFuture) => {
            "生年月日が今日より後の日付です。元号と年を確かめてください。".to_owned()
        }
        (Field::BirthDate, Wrong::Unreadable) => {
            "生年月日を読み取れません。実在する日付を、年月日とも入力してください（例：S35.4.1、昭和35年4月1日、19600401）。"
                .to_owned()
        }
        (_, Wrong::Unreadable) => {
            format!("{name}を読み取れません。書き方を確かめてください。")
        }
    }
}

fn refusal(refusal: Refusal) -> String {
    match refusal {
        Refusal::UnknownOrWrong => "職員IDまたはパスワードが違います。".to_owned(),
        Refusal::WrongCode => {
            "確認コードが違います。表示されている新しいコードを入力してください。".to_owned()
        }
        Refusal::UsedCode(seconds) => {
            format!(
                "この確認コードは使用済みです。{seconds}秒後に表示される次のコードを入力してください。"
            )
        }
        Refusal::Slowed(seconds) => {
            format!("試行が続いています。{seconds}秒後にもう一度入力してください。")
        }
        Refusal::UnknownTerminal => {
            "この端末は登録されていません。管理者に端末の登録を依頼してください。".to_owned()
        }
        Refusal::Expired => "時間が過ぎました。職員IDとパスワードから入力してください。".to_owned(),
        Refusal::WrongPasskey => {
            "このパスキーは使えません。別のパスキーか、パスワードと確認コードを使ってください。"
                .to_owned()
        }
        Refusal::UnverifiedPasskey => {
            "指紋・顔・PINによる本人確認ができるパスキーが必要です。".to_owned()
        }
        Refusal::SealedHere => {
            "この端末では緊急用アカウントが使用中です。ロックを解除してログアウトしてから、ログインしてください。"
                .to_owned()
        }
        Refusal::CopiedPasskey => {
            "このパスキーは複製された可能性があるため使えません。管理者に連絡してください。"
                .to_owned()
        }
    }
}

fn partial(partial: &Partial) -> Vec<String> {
    let mut words = Vec::new();
    if partial.unreadable > 0 {
        words.push(format!("読み取れない {}件", partial.unreadable));
    }
    if partial.uncoded > 0 {
        words.push(format!("コードなし {}件", partial.uncoded));
    }
    if partial.more_at_source {
        words.push("情報源に続きあり".to_owned());
    }
    if !partial.sources_missing.is_empty() {
        let names: Vec<_> = partial.sources_missing.iter().copied().map(mark).collect();
        words.push(format!("{} 未取得", names.join("・")));
    }
    if !words.is_empty() {
        words.insert(0, "一部のみ".to_owned());
    }
    words
}

fn event(word: &str) -> Option<&'static str> {
    Some(match word {
        "started" => "起動",
        "signed_in" => "ログイン",
        "sign_in_refused" => "ログイン拒否",
        "signed_out" => "ログアウト",
        "locked" => "ロック",
        "unlocked" => "ロック解除",
        "unlock_refused" => "ロック解除の失敗",
        "terminal_registered" => "端末登録",
        "administered" => "管理操作",
        "searched" => "患者検索",
        "grant_started" => "閲覧開始",
        "viewed" => "表示",
        "identified" => "本人確認の記録",
        "noted" => "補足の追加",
        "corrected" => "理由の訂正・補足",
        "grant_ended" => "閲覧終了",
        "grant_stopped" => "閲覧停止",
        "refused" => "拒否",
        "source_refused" => "情報源の回答を不採用",
        "prefetched" => "先行取得（表示なし）",
        "handoff_step" => "救急隊引継ぎの操作",
        "handoff_revealed" => "救急隊引継ぎを本人情報とともに表示",
        "ledger_read" => "記録の閲覧",
        "replayed" => "記録の再現",
        "case_opened" => "審査のため開示",
        "reviewed" => "審査の判定",
        "debriefed" => "事後説明の記録",
        "disclosed" => "閲覧記録の開示",
        "list_taken" => "名簿・登録の取込み",
        "configured" => "設定の変更",
        "keys_erased" => "鍵の消去",
        "keys_rewrapped" => "鍵の包み直し",
        "other_ledger" => "もう一方の記録の状態",
        "other_accepted" => "もう一方の記録の欠落を承認",
        _ => return None,
    })
}

fn more(count: usize) -> String {
    format!("＋{count}件")
}

fn outside_window(count: usize) -> String {
    format!("期間外 {count}件（通常表示）")
}

fn withheld(count: usize) -> String {
    format!("非表示 {count}件")
}

fn stale(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{}分前", minutes.max(0)),
        60..2880 => format!("{}時間前", minutes / 60),
        _ => format!("{}日前", minutes / 1440),
    }
}
