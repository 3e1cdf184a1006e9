//! Sentences of one's own sessions, of the change of users and of vouching.

use crate::access::{Refusal, Vouched};

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Seats {
    /// The button for the next user at a shared terminal.
    pub(in crate::web) switch: &'static str,
    /// On the lock page, beside it.
    pub(in crate::web) switch_hint: &'static str,
    /// When the session ends, on every page before it does; with a clock's time.
    pub(in crate::web) ends: fn(&str) -> String,
    pub(in crate::web) renew: &'static str,
    pub(in crate::web) renew_title: &'static str,
    pub(in crate::web) renew_hint: &'static str,
    pub(in crate::web) title: &'static str,
    pub(in crate::web) hint: &'static str,
    /// The one that is looked through.
    pub(in crate::web) this: &'static str,
    pub(in crate::web) terminal: &'static str,
    pub(in crate::web) location: &'static str,
    pub(in crate::web) since: &'static str,
    pub(in crate::web) last_seen: &'static str,
    pub(in crate::web) until: &'static str,
    pub(in crate::web) state: &'static str,
    pub(in crate::web) locked: &'static str,
    pub(in crate::web) in_use: &'static str,
    pub(in crate::web) end: &'static str,
    pub(in crate::web) end_all: &'static str,
    pub(in crate::web) end_all_hint: &'static str,
    pub(in crate::web) vouch_title: &'static str,
    pub(in crate::web) vouch_hint: &'static str,
    pub(in crate::web) for_terminal: &'static str,
    pub(in crate::web) for_terminal_hint: &'static str,
    pub(in crate::web) terminal_code: &'static str,
    pub(in crate::web) for_colleague: &'static str,
    pub(in crate::web) for_colleague_hint: &'static str,
    pub(in crate::web) colleague: &'static str,
    pub(in crate::web) own_password: &'static str,
    /// A code where nothing else can be typed, and in the place of a password.
    pub(in crate::web) own_code: (&'static str, &'static str),
    /// Where only a passkey is left and no script runs.
    pub(in crate::web) needs_script: &'static str,
    pub(in crate::web) vouch: &'static str,
    /// How a vouching went; with a clock's time where it has an end.
    pub(in crate::web) vouched: fn(&Vouched, &str) -> String,
    pub(in crate::web) strange_title: &'static str,
    pub(in crate::web) strange_hint: &'static str,
    pub(in crate::web) strange_code: &'static str,
    pub(in crate::web) strange_location: &'static str,
    pub(in crate::web) strange_submit: &'static str,
    pub(in crate::web) not_yet: &'static str,
    pub(in crate::web) no_location: &'static str,
    pub(in crate::web) over: &'static str,
    /// On the page that asks for the code, where a colleague vouched.
    pub(in crate::web) with_vouch: &'static str,
    pub(in crate::web) with_vouch_hint: &'static str,
}

/// 日本語
pub(super) const JA: Seats = Seats {
    switch: "利用者交代",
    switch_hint: "別の職員が使うときは「利用者交代」を押してください。ロック中の職員は、あとでこの端末に職員IDとパスワードを入力すると続きから再開できます。",
    ends: |time| {
        format!("このログインは{time}に終了します。更新すると、閲覧を続けたまま延長できます。")
    },
    renew: "ログインを更新",
    renew_title: "ログインの更新",
    renew_hint: "パスワードと確認コード、またはパスキーで、ログインが新しく12時間続きます。閲覧中の患者はそのまま開いています。",
    title: "自分のログイン",
    hint: "この職員IDでログイン中の端末です。心当たりのないものは終了し、管理者に知らせてください。",
    this: "この画面",
    terminal: "端末",
    location: "場所",
    since: "ログイン日時",
    last_seen: "最後の操作",
    until: "終了予定",
    state: "状態",
    locked: "ロック中",
    in_use: "使用中",
    end: "終了",
    end_all: "すべての端末からログアウト",
    end_all_hint: "この画面を含むすべてのログインと、閲覧中の患者の閲覧が終了します。",
    vouch_title: "保証",
    vouch_hint: "救急時閲覧権限を持つ職員は、未登録の端末または認証手段が壊れた同僚を、1回に限り保証できます。保証は記録され、後日監査されます。",
    for_terminal: "未登録の端末を保証（12時間）",
    for_terminal_hint: "その端末の画面に表示されているコードを入力してください。",
    terminal_code: "端末のコード（10文字）",
    for_colleague: "同僚の第2要素を保証（30分）",
    for_colleague_hint: "本人を目の前で確かめてください。同僚はパスワードだけで1回ログインでき、30分で終わります。パスワードのない同僚（パスキーのみ）には使えません。",
    colleague: "同僚の職員ID",
    own_password: "自分のパスワード",
    own_code: ("自分の確認コード（6桁）", "または確認コード（6桁）"),
    needs_script: "パスキーで保証するには、ブラウザーのスクリプトが必要です。使えないときは、別の職員に保証を頼んでください。",
    vouch: "保証する",
    vouched: ja_vouched,
    strange_title: "保証による端末の利用",
    strange_hint: "救急時閲覧権限を持つ職員に、次のコードを伝えてください。その職員が自分の端末の「保証」に入力すると、この端末を12時間使えます。",
    strange_code: "コード：",
    strange_location: "この端末の場所（例：2階病棟）",
    strange_submit: "保証されたので続ける",
    not_yet: "まだ保証されていません。職員がコードを入力してから、もう一度押してください。",
    no_location: "この端末の場所を120文字以内で入力してください。",
    over: "コードの期限が切れたか、使用済みです。新しいコードを伝えてください。",
    with_vouch: "同僚の保証でログイン",
    with_vouch_hint: "同僚が保証しました。確認コードの代わりに1回だけ使え、ログインは30分で終わります。",
};

fn ja_vouched(vouched: &Vouched, time: &str) -> String {
    match vouched {
        Vouched::Terminal(_) => {
            format!("端末を保証しました（{time}まで）。その端末で「保証されたので続ける」を押してください。")
        }
        Vouched::Colleague { name, .. } => format!(
            "{name} を保証しました（{time}まで）。本人が職員IDとパスワードを入力し、「同僚の保証でログイン」を押してください。"
        ),
        Vouched::NotGiven => {
            "パスワード、確認コード、パスキーのいずれかで、自分を確認してください。".to_owned()
        }
        Vouched::Refused(Refusal::UnknownOrWrong) => "自分のパスワードが違います。".to_owned(),
        Vouched::Refused(why) => (super::ja::TEXT.words.refusal)(*why),
        Vouched::UnknownCode => {
            "この端末のコードは使えません（誤り・使用済み）。端末に表示されているコードを確かめてください。".to_owned()
        }
        Vouched::UnknownColleague => "この施設にその職員IDはありません。".to_owned(),
        Vouched::NoPassword { name } => format!(
            "{name} にはパスワードがないため（パスキーのみ）、保証してもログインできません。管理者に設定用の新しいリンクを頼むか、緊急用アカウントを使ってください。"
        ),
        Vouched::Himself => "自分自身は保証できません。別の職員に依頼してください。".to_owned(),
        Vouched::SecondHand => {
            "保証または緊急用アカウントでログインしている間は、保証できません。".to_owned()
        }
    }
}

/// English
pub(super) const EN: Seats = Seats {
    switch: "Change user",
    switch_hint: "If somebody else needs this terminal, press \"Change user\". Whoever is locked can go on later by entering account and password here.",
    ends: |time| {
        format!("This sign-in ends at {time}. Renew it to go on; what you have open stays open.")
    },
    renew: "Renew sign-in",
    renew_title: "Renew sign-in",
    renew_hint: "With password and code, or a passkey, the sign-in begins anew for 12 hours. The patients you have open stay open.",
    title: "My sign-ins",
    hint: "Where this account is signed in. End what you do not recognise and tell the administrator.",
    this: "This screen",
    terminal: "Terminal",
    location: "Location",
    since: "Signed in",
    last_seen: "Last activity",
    until: "Ends",
    state: "State",
    locked: "Locked",
    in_use: "In use",
    end: "End",
    end_all: "Sign out everywhere",
    end_all_hint: "Ends every sign-in, this one too, and closes the patients you have open.",
    vouch_title: "Vouch",
    vouch_hint: "With emergency permission you may vouch once for a terminal that is not registered, or for a colleague whose second factor is broken. It is recorded and reviewed.",
    for_terminal: "Vouch for a terminal (12 hours)",
    for_terminal_hint: "Enter the code that the terminal shows.",
    terminal_code: "Terminal's code (10 characters)",
    for_colleague: "Vouch for a colleague's second factor (30 minutes)",
    for_colleague_hint: "See the person in front of you. The colleague signs in once with the password alone, for 30 minutes. Of no use to a colleague without a password (passkey only).",
    colleague: "Colleague's account",
    own_password: "Your own password",
    own_code: ("Your own code (6 digits)", "or your own code (6 digits)"),
    needs_script: "Vouching with a passkey needs scripts in this browser. Where they do not run, ask somebody else to vouch.",
    vouch: "Vouch",
    vouched: en_vouched,
    strange_title: "Use this terminal by vouching",
    strange_hint: "Tell this code to somebody with emergency permission. Once it is entered there under \"Vouch\", this terminal can be used for 12 hours.",
    strange_code: "Code: ",
    strange_location: "Where this terminal stands (such as: ward 2)",
    strange_submit: "Go on",
    not_yet: "Nobody has vouched yet. Press again once the code was entered.",
    no_location: "Enter where this terminal stands, in at most 120 characters.",
    over: "The code is used or too old. Tell the new one.",
    with_vouch: "Sign in by vouching",
    with_vouch_hint: "A colleague vouched for you: usable once in place of the code; the sign-in ends after 30 minutes.",
};

fn en_vouched(vouched: &Vouched, time: &str) -> String {
    match vouched {
        Vouched::Terminal(_) => {
            format!("Vouched for the terminal until {time}. Press \"Go on\" there.")
        }
        Vouched::Colleague { name, .. } => format!(
            "Vouched for {name} until {time}. Account and password are entered as ever, then \"Sign in by vouching\"."
        ),
        Vouched::NotGiven => "Give a factor of your own: password, code or passkey.".to_owned(),
        Vouched::Refused(Refusal::UnknownOrWrong) => "Your own password is wrong.".to_owned(),
        Vouched::Refused(why) => (super::en::TEXT.words.refusal)(*why),
        Vouched::UnknownCode => {
            "This code cannot be used (mistyped or used). Compare it with what the terminal shows."
                .to_owned()
        }
        Vouched::UnknownColleague => "This facility has no such account.".to_owned(),
        Vouched::NoPassword { name } => format!(
            "{name} has no password (passkey only), so vouching would not let them in. Ask an administrator for a new link, or use an emergency account."
        ),
        Vouched::Himself => "Nobody vouches for himself. Ask somebody else.".to_owned(),
        Vouched::SecondHand => {
            "Who was vouched for, or uses an emergency account, cannot vouch.".to_owned()
        }
    }
}
