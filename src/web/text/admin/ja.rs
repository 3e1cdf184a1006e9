//! 日本語

use crate::access::admin::{Flaw, Matcher};

use super::{
    super::factors::JA as FACTORS, Accounts, Admin, Disaster, Enrol, Overview, Permissions, Sealed,
    Terminals,
};

/// 日本語
pub(in crate::web::text) const ADMIN: Admin = Admin {
    pages: "管理",
    overview: Overview {
        title: "管理",
        accounts: |active, disabled| format!("使用中 {active}件、停止中 {disabled}件"),
        ending: "14日以内に期限が切れる救急時閲覧権限",
        ending_none: "14日以内に期限が切れる救急時閲覧権限はありません。",
        unused: |count| format!("90日以上使われていない救急時閲覧権限：{count}件"),
        terminals: |count| format!("使用できる端末 {count}台"),
        delegates: "現在の当直責任者",
        delegates_none: "現在、当直責任者はいません。",
        disaster_on: |area, until| format!("災害時：オン（{area}、{until}まで）"),
        disaster_off: "災害時：オフ",
        sealed: |waiting, ready| format!("確認待ち {waiting}件、封筒で保管中 {ready}件"),
        sealed_used: |times| {
            format!(
                "封印された緊急用アカウントが使われました（{times}）。誰が何のために開封したかを確認し、新しい封筒を用意してください。"
            )
        },
    },
    accounts: Accounts {
        title: "職員",
        one: "職員のアカウント",
        filter: "絞り込む",
        name: "氏名",
        sign_in: "職員ID",
        sign_in_hint: "職員IDは1〜64文字、空白とコロンは使えません。",
        role: "職種",
        all: "すべて",
        active: "使用中",
        disabled: "停止中",
        permission: "救急時閲覧権限",
        used: "最終の救急時閲覧",
        nobody: "該当する職員はいません。",
        found: |all, listed| {
            if all == listed {
                format!("{all}件")
            } else {
                format!("{all}件のうち{listed}件を表示しています。名前をもう少し入力してください。")
            }
        },
        add: "職員を追加",
        add_hint: "追加すると、1回だけ使えるリンクを表示します。パスワードと認証アプリ、またはパスキーは、本人がリンク先で設定します。",
        add_submit: "追加してリンクを作る",
        link_title: "設定用のリンク",
        link_for: |name, sign_in| format!("{name}（職員ID：{sign_in}）に渡してください。"),
        link_hint: "リンクは1回だけ使えます。本人以外に見せないでください。新しいリンクを作ると、前のリンクは使えなくなります。",
        link_picture: "設定用のリンクのQRコード",
        to_account: "この職員のページへ",
        disable: "アカウントを停止",
        disable_hint: "停止するとログインできなくなり、現在のログインと閲覧は終了します。記録は残ります。",
        enable: "停止を解除",
        enable_hint: "解除すると、元のパスワードと認証手段でログインできます。",
        reset: "設定用の新しいリンクを作る",
        reset_hint: "パスワードや認証手段を失ったとき。リンクが使われるまで、今のものはそのまま使えます。",
        sessions: |count| format!("ログイン中：{count}か所"),
        sign_out: "すべての端末でログアウト",
        sign_out_hint: "すべての端末でログインが終了し、閲覧も終了します。",
        remove: "削除",
        remove_hint: "紛失した認証手段を削除します。削除すると、すべての端末でログインが終了します。",
        remove_needed_hint: "削除すると、この職員は残りの手段ではログインできなくなり、設定用のリンクが必要になります。すべての端末でログインが終了します。",
        not_set_up: "パスワードも認証手段もないため、この職員はログインできません。渡したリンクをまだ使っていないか、期限（24時間）が切れています。必要なら新しいリンクを作って渡してください。",
        password_alone: "認証手段がないため、この職員はひとりではログインできません（同僚の保証で1回、30分だけ）。新しいリンクを作って渡してください。",
        codes_alone: "パスワードがなく、認証アプリだけが残っているため、この職員はログインできません。新しいリンクを作って渡してください。",
        authenticators: "認証手段",
        history: "救急時閲覧権限の履歴",
        created: "作成",
        sealed: "封印された緊急用アカウントです。変更はできません。",
        back: "職員の一覧へ",
    },
    permissions: Permissions {
        title: "救急時閲覧権限",
        holders: "権限のある職員",
        given_by: "付与者",
        delegated: "当直責任者による付与",
        give: "権限を付与・延長",
        give_hint: "自分には付与できません。期限は今日から3年以内です。",
        give_submit: "付与・延長する",
        give_hours: "時間を限って付与",
        give_hours_hint: "今から1〜24時間。自分には付与できません。",
        to_whom: "職員",
        last_day: "期限（この日まで）",
        hours: "時間",
        hour: |hours| format!("{hours}時間"),
        revoke: "取り消す",
        revoke_of: |name| format!("{name}の権限を取り消す"),
        revoke_hint: "救急時閲覧権限を取り消します。ログインと閲覧はすぐに終了し、この職員による未使用の保証・登録コード・リンクも使えなくなります。",
        unused: "90日以上使われていない権限",
        unused_hint: "不要なものは取り消してください。取り消すと、その職員のログインと閲覧は終了します。",
        unused_since: "最終の使用（なければ付与日）",
        delegation: "当直責任者",
        delegation_hint: "当直責任者は、この施設の職員に24時間以内の権限を付与できます（自分を除く）。期間は1〜24時間です。指名を終えると、指名中に付与した権限も取り消されます。",
        delegate: "当直責任者に指名",
        end_delegation: "指名を終える",
        end_delegation_hint: "当直責任者の指名を終え、指名中に付与した権限も取り消します。その職員のログインと閲覧は終了します。",
    },
    terminals: Terminals {
        title: "端末",
        name: "端末名",
        location: "設置場所",
        kind: "識別方法",
        ends: |date| format!("（期限 {date}）"),
        kinds: |matcher| match matcher {
            Matcher::Cookie => "登録コード",
            Matcher::Certificate => "クライアント証明書",
            Matcher::Range => "アドレス範囲",
        },
        idle_lock: "自動ロックまで",
        seconds: |seconds| {
            if seconds % 60 == 0 {
                format!("{}分", seconds / 60)
            } else {
                format!("{seconds}秒")
            }
        },
        registered: "登録",
        revoke: "登録を取り消す",
        revoke_hint: "取り消すと、この端末のログインは終了し、もう一度登録するまで使えません。",
        over: "期限切れ",
        in_use: "使用可",
        add: "端末を登録する",
        add_hint: "登録コードを作り、その端末のブラウザーで「この端末を登録」に入力します。コードは30分間、1回だけ使えます。",
        add_submit: "登録コードを作る",
        add_known: "証明書・アドレス範囲の端末を登録",
        add_known_hint: "Cookieを保存しない端末用です。証明書は検証された名前、アドレス範囲は10.1.2.0/24のように入力します（広くてもIPv4は/16、IPv6は/48）。登録するとすぐに使えます。",
        device: "証明書の名前またはアドレス範囲",
        taken: |name, by| format!("すでに登録されている端末：{name}（{by}）"),
        code_title: "登録コード",
        code_hint: "端末のブラウザーで次のページを開き、入力してください：",
        back: "端末の一覧へ",
    },
    disaster: Disaster {
        title: "災害時",
        effect: "オンの間、理由「5 災害・多数傷病者」で確認なしに閲覧を開始でき、利用回数の確認を行いません。すべて記録され、監査されます。",
        area: "地域・事由",
        until: "期限（この日まで）",
        set: "災害時をオンにする",
        clear: "災害時をオフにする",
    },
    sealed: Sealed {
        title: "封印された緊急用アカウント",
        hint: "管理者2名で作り、1枚だけ印刷して封筒で保管します。1回だけ、12時間使えます。使うと記録され、その後は使えません。",
        id: "番号",
        proposed: "提案",
        confirmed: "確認",
        used: "使用",
        waiting: "別の管理者の確認待ち",
        waiting_own: "提案した本人は確認できません",
        propose: "新しい緊急用アカウントを提案",
        confirm: "確認して印刷する",
        confirm_hint: "確認すると、ID・パスワード・コードを1回だけ表示します。プリンターの準備をしてから押してください。",
        sheet: "緊急用アカウント（封筒に入れて保管）",
        sheet_hint: "この画面は二度と表示されません。今すぐ印刷し、封筒に入れて封をしてください。",
        sheet_use: "使い方：ログイン画面で職員IDとパスワードを入力し、確認コードの欄にコードを入力します。1回だけ、12時間使えます。",
        code: "コード",
        made: "作成日時",
        back: "封筒に入れました（一覧へ）",
    },
    enrol: Enrol {
        title: "アカウントの設定",
        hint: "新しいパスワードを決め、認証アプリを登録してください。このリンクは1回だけ使えます。",
        password_hint: "8文字以上、256文字以内。長いほど安全です。文字の種類は問いません。",
        password: "新しいパスワード",
        again: "新しいパスワード（もう一度）",
        submit: "設定を完了",
        over_title: "このリンクは使えません",
        over: "使用済みか、期限切れか、正しくありません。管理者に新しいリンクを作ってもらってください。",
        done_title: "設定が完了しました",
        done: "新しいパスワードと認証アプリでログインしてください。パスキーはログイン後に「自分の認証手段・パスワード」で追加できます。",
        done_by_passkey: "登録したパスキーでログインしてください。パスワードと認証アプリは、ログイン後に「自分の認証手段・パスワード」で設定できます。",
        passkey_title: "またはパスキーだけで設定",
        passkey_body: "パスワードと認証アプリの代わりに、この端末やセキュリティキーの指紋・顔・PINだけでログインします。以前のパスワードは使えなくなります。",
        by_passkey: "パスキーを登録して完了",
        to_sign_in: "ログイン画面へ",
    },
    done,
    flaw,
    taken: "その職員IDは使われています。別のものにしてください。",
    recorded: "変更はすべて、行う前に記録されます。",
    once: "この内容は今だけ表示されます。",
    until: "まで",
    ends: "期限",
    when: "日時",
    state: "状態",
    change: "変更",
    do_it: "実行する",
    choose: "選んでください",
    none: "ありません。",
    revoked: "取り消し",
    console: "コマンド",
};

fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "disabled" => "アカウントを停止しました。",
        "enabled" => "停止を解除しました。",
        "signed_out" => "すべての端末でログアウトしました。",
        "removed" => "認証手段を削除しました。",
        "given" => "救急時閲覧権限を付与しました。",
        "revoked" => "救急時閲覧権限を取り消しました。",
        "delegated" => "当直責任者に指名しました。",
        "undelegated" => "当直責任者の指名を終えました。",
        "changed" => "端末の内容を変更しました。",
        "terminal_revoked" => "端末の登録を取り消しました。",
        "terminal_added" => "端末を登録しました。",
        "disaster_set" => "災害時をオンにしました。",
        "disaster_cleared" => "災害時をオフにしました。",
        "proposed" => "緊急用アカウントを提案しました。別の管理者が確認します。",
        _ => return None,
    })
}

fn flaw(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::NameMissing | Flaw::NameTooLong => "氏名・名称は1〜120文字で入力してください。",
        Flaw::NameUnreadable => "氏名・名称に使えない文字があります。",
        Flaw::SignIn => "職員IDは1〜64文字で入力してください。空白とコロンは使えません。",
        Flaw::FacilityNumber => "保険医療機関番号は10桁です。",
        Flaw::Role => "この職種には付与できません。",
        Flaw::Himself => "自分自身には行えません。別の管理者が行ってください。",
        Flaw::InPast => "期限が過去の日付です。今日以降にしてください。",
        Flaw::DisasterTooLong => {
            "災害時の宣言は今日から14日以内です。続くときは、もう一度設定してください。"
        }
        Flaw::TooFar => "期限は今日から3年以内にしてください。",
        Flaw::Day => "日付は2026-11-22のように入力してください。",
        Flaw::RoleMissing => "職種を選んでください。",
        Flaw::Hours => "時間は1〜24で選んでください。",
        Flaw::AlreadyLonger => "すでにもっと長い権限があります。",
        Flaw::IdleLock => "自動ロックまでの時間は30〜900秒です。",
        Flaw::Certificate => {
            "証明書の名前はcart-7.ward.exampleのように、英数字・ハイフン・ピリオドで入力してください。"
        }
        Flaw::Known => "識別方法（クライアント証明書かアドレス範囲）を選んでください。",
        Flaw::KnownAlready => {
            "同じ証明書名、または重なるアドレス範囲の端末がすでに登録されています。"
        }
        Flaw::Range => "アドレス範囲は10.1.2.0/24のように入力してください。",
        Flaw::RangeTooWide => {
            "アドレス範囲が広すぎます。IPv4は/16、IPv6は/48より狭くしてください。"
        }
        Flaw::Disabled => "停止中のアカウントです。先に停止を解除してください。",
        Flaw::Vouched => {
            "同僚の保証でログインしているため変更できません。自分の認証手段でログインしてください（なければ管理者に再登録を依頼）。"
        }
        Flaw::Sealed => "封印された緊急用アカウントは変更できません。",
        Flaw::NotIndependent => {
            "確認できません。提案者と確認者の一方が、もう一方のアカウントやその登録用リンクを30日以内に作成しています。別の管理者が確認してください。"
        }
        Flaw::NotToConfirm => {
            "確認できません。別の管理者が提案し、まだ確認されていないものだけを確認できます。"
        }
        Flaw::PasswordTooShort
        | Flaw::PasswordTooLong
        | Flaw::PasswordCommon
        | Flaw::WrongPassword
        | Flaw::WrongCode
        | Flaw::Over
        | Flaw::TooManyAuthenticators
        | Flaw::LastAuthenticator => (FACTORS.flaw)(flaw),
    }
}
