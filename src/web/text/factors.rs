//! Sentences about passkeys and everybody's own authenticators.

use crate::access::{AuthenticatorKind, admin::Flaw};

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Factors {
    /// The button on the sign-in page.
    pub(in crate::web) sign_in: &'static str,
    /// The button on the lock page.
    pub(in crate::web) unlock: &'static str,
    /// The browser or its owner gave up.
    pub(in crate::web) cancelled: &'static str,
    /// The answer could not be had from here.
    pub(in crate::web) failed: &'static str,
    /// Under an address that passkeys do not belong to; before the host name, and after it.
    pub(in crate::web) elsewhere: (&'static str, &'static str),
    pub(in crate::web) title: &'static str,
    /// The link on the first page.
    pub(in crate::web) link: &'static str,
    pub(in crate::web) list: &'static str,
    pub(in crate::web) none: &'static str,
    pub(in crate::web) name: &'static str,
    pub(in crate::web) name_hint: &'static str,
    pub(in crate::web) kind: &'static str,
    pub(in crate::web) added: &'static str,
    pub(in crate::web) used: &'static str,
    pub(in crate::web) never: &'static str,
    pub(in crate::web) unnamed: &'static str,
    pub(in crate::web) rename_title: &'static str,
    pub(in crate::web) remove_title: &'static str,
    pub(in crate::web) which: &'static str,
    pub(in crate::web) rename: &'static str,
    pub(in crate::web) remove: &'static str,
    pub(in crate::web) remove_note: &'static str,
    pub(in crate::web) passkey_title: &'static str,
    pub(in crate::web) passkey_body: &'static str,
    pub(in crate::web) passkey_add: &'static str,
    pub(in crate::web) totp_title: &'static str,
    pub(in crate::web) totp_body: &'static str,
    pub(in crate::web) totp_add: &'static str,
    pub(in crate::web) totp_scan: &'static str,
    /// What the picture is, for who cannot see it.
    pub(in crate::web) totp_picture: &'static str,
    pub(in crate::web) totp_secret: &'static str,
    pub(in crate::web) totp_first: &'static str,
    /// The same beside the code of an app that there is.
    pub(in crate::web) totp_new: &'static str,
    pub(in crate::web) totp_prove: &'static str,
    pub(in crate::web) password_title: &'static str,
    pub(in crate::web) password_body: &'static str,
    pub(in crate::web) password_now: &'static str,
    /// The code of an app that there is.
    pub(in crate::web) code_now: &'static str,
    /// Why both factors are asked for again.
    pub(in crate::web) anew: &'static str,
    /// The button that gives both with a passkey; before what it does.
    pub(in crate::web) with_passkey: &'static str,
    pub(in crate::web) password_new: &'static str,
    pub(in crate::web) password_again: &'static str,
    pub(in crate::web) password_change: &'static str,
    pub(in crate::web) back: &'static str,
    pub(in crate::web) recorded: &'static str,
    pub(in crate::web) kinds: fn(AuthenticatorKind) -> &'static str,
    /// Why a change was not made.
    pub(in crate::web) flaw: fn(Flaw) -> &'static str,
    pub(in crate::web) known: &'static str,
    pub(in crate::web) passwords_differ: &'static str,
}

/// 日本語
pub(super) const JA: Factors = Factors {
    sign_in: "パスキーでログイン",
    unlock: "パスキーでロック解除",
    cancelled: "パスキーの操作が完了しませんでした。もう一度押すか、ほかの方法を使ってください。",
    failed: "サーバーから応答がありません。もう一度押してください。",
    elsewhere: (
        "パスキーはこのアドレスでは使えません（",
        " で開いてください）。",
    ),
    title: "認証手段とパスワード",
    link: "自分の認証手段・パスワード",
    list: "登録済みの認証手段",
    none: "登録済みの認証手段はありません。",
    name: "名前",
    name_hint: "名前の例：私物スマートフォン、病棟のセキュリティキー",
    kind: "種類",
    added: "登録日時",
    used: "最終使用",
    never: "未使用",
    unnamed: "名前なし",
    rename_title: "名前を変更",
    remove_title: "認証手段を削除",
    which: "認証手段",
    rename: "名前を変更",
    remove: "削除",
    remove_note: "削除すると、ほかの端末のログインは終了します。最後の1つは削除できません。",
    passkey_title: "パスキーを追加",
    passkey_body: "この端末やセキュリティキーの指紋・顔・PINだけでログインできます（パスワードと確認コードは不要）。",
    passkey_add: "パスキーを登録",
    totp_title: "認証アプリを追加",
    totp_body: "6桁の確認コードを表示するアプリを登録します。",
    totp_add: "認証アプリを登録",
    totp_scan: "認証アプリでこのコードを読み取り、表示された6桁の数字を入力してください。周囲から見えない向きにしてください。",
    totp_picture: "認証アプリ登録用のQRコード",
    totp_secret: "読み取れないときは、このキーを入力：",
    totp_first: "確認コード（6桁）",
    totp_new: "新しいアプリの確認コード（6桁）",
    totp_prove: "登録を完了",
    password_title: "パスワードを変更",
    password_body: "変更すると、ほかの端末のログインは終了します。",
    password_now: "現在のパスワード",
    code_now: "登録済みアプリの確認コード",
    anew: "追加・削除・パスワード変更のたびに、2つの要素で本人であることを確かめます。",
    with_passkey: "パスキーで確認して",
    password_new: "新しいパスワード",
    password_again: "新しいパスワード（もう一度）",
    password_change: "パスワードを変更",
    back: "認証手段に戻る",
    recorded: "変更はすべて記録されます。",
    kinds: kinds_ja,
    flaw: flaw_ja,
    known: "このパスキーは登録済みです。",
    passwords_differ: "2つの新しいパスワードが一致しません。",
};

/// English
pub(super) const EN: Factors = Factors {
    sign_in: "Sign in with a passkey",
    unlock: "Unlock with a passkey",
    cancelled: "The passkey was not used. Press again, or use another way.",
    failed: "The server does not answer. Press again.",
    elsewhere: ("Passkeys do not work at this address (open ", ")."),
    title: "Authenticators and password",
    link: "My authenticators and password",
    list: "Your authenticators",
    none: "You have no authenticator.",
    name: "Name",
    name_hint: "A name such as: my phone, security key of the ward",
    kind: "Kind",
    added: "Added",
    used: "Last used",
    never: "Never",
    unnamed: "No name",
    rename_title: "Rename an authenticator",
    remove_title: "Remove an authenticator",
    which: "Authenticator",
    rename: "Rename",
    remove: "Remove",
    remove_note: "Removing one ends your sessions at other terminals. The last one cannot be removed.",
    passkey_title: "Add a passkey",
    passkey_body: "Sign in with the finger, face or PIN of this device or of a security key alone, without password and code.",
    passkey_add: "Register a passkey",
    totp_title: "Add an authenticator app",
    totp_body: "An app that shows six-digit codes.",
    totp_add: "Register an app",
    totp_scan: "Scan this with the app and enter the six digits that it shows. Turn the screen away from others.",
    totp_picture: "QR code for the authenticator app",
    totp_secret: "If it cannot be scanned, enter this key: ",
    totp_first: "One-time code (6 digits)",
    totp_new: "Code of the new app (6 digits)",
    totp_prove: "Finish",
    password_title: "Change the password",
    password_body: "This ends your sessions at other terminals.",
    password_now: "Password now",
    code_now: "Code of an app you have",
    anew: "Adding, removing and changing the password ask for both factors again.",
    with_passkey: "Confirm with a passkey: ",
    password_new: "New password",
    password_again: "New password, again",
    password_change: "Change the password",
    back: "Back to your authenticators",
    recorded: "Every change is recorded.",
    kinds: kinds_en,
    flaw: flaw_en,
    known: "This passkey is registered already.",
    passwords_differ: "The two new passwords differ.",
};

const fn kinds_ja(kind: AuthenticatorKind) -> &'static str {
    match kind {
        AuthenticatorKind::Totp => "認証アプリ",
        AuthenticatorKind::Passkey => "パスキー",
        AuthenticatorKind::Sealed => "緊急用コード",
    }
}

const fn kinds_en(kind: AuthenticatorKind) -> &'static str {
    match kind {
        AuthenticatorKind::Totp => "Authenticator app",
        AuthenticatorKind::Passkey => "Passkey",
        AuthenticatorKind::Sealed => "Emergency code",
    }
}

/// What an owner can meet; the rest belongs to administrators' forms.
const fn flaw_ja(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::NameMissing | Flaw::NameTooLong => "名前を120文字以内で入力してください。",
        Flaw::NameUnreadable => "名前に使えない文字があります。",
        Flaw::PasswordTooShort => "新しいパスワードは8文字以上にしてください。",
        Flaw::PasswordTooLong => "新しいパスワードは256文字以内にしてください。",
        Flaw::PasswordCommon => {
            "推測されやすいパスワードです（よくある言葉・並び・自分の名前など）。別のものにしてください。"
        }
        Flaw::WrongPassword => "現在のパスワードが違います。",
        Flaw::WrongCode => {
            "新しいアプリの確認コードが違います。いま表示されているコードを入力してください。"
        }
        Flaw::Over => "時間が過ぎました。もう一度始めてください。",
        Flaw::TooManyAuthenticators => "認証手段は10個までです。使わないものを削除してください。",
        Flaw::LastAuthenticator => {
            "最後の認証手段は削除できません。先に別の認証手段を登録してください。"
        }
        Flaw::Vouched => {
            "同僚の保証でログインしているため変更できません。自分の認証手段でログインしてください（なければ管理者に再登録を依頼）。"
        }
        Flaw::Sealed => "封印された緊急用アカウントは変更できません。",
        Flaw::SignIn
        | Flaw::FacilityNumber
        | Flaw::Role
        | Flaw::Himself
        | Flaw::InPast
        | Flaw::TooFar
        | Flaw::DisasterTooLong
        | Flaw::Day
        | Flaw::RoleMissing
        | Flaw::Hours
        | Flaw::AlreadyLonger
        | Flaw::IdleLock
        | Flaw::Certificate
        | Flaw::Known
        | Flaw::KnownAlready
        | Flaw::Range
        | Flaw::RangeTooWide
        | Flaw::Disabled
        | Flaw::NotToConfirm
        | Flaw::NotIndependent => "この変更はできません。",
    }
}

/// As [`flaw_ja`].
const fn flaw_en(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::NameMissing | Flaw::NameTooLong => "Enter a name of at most 120 characters.",
        Flaw::NameUnreadable => "The name holds characters that cannot be used.",
        Flaw::PasswordTooShort => "The new password needs at least 8 characters.",
        Flaw::PasswordTooLong => "The new password may have at most 256 characters.",
        Flaw::PasswordCommon => {
            "This password is easily guessed (a common word, a pattern, your own name). Choose another."
        }
        Flaw::WrongPassword => "The present password is wrong.",
        Flaw::WrongCode => "The code of the new app is wrong. Enter the one it shows now.",
        Flaw::Over => "Too much time has passed. Begin again.",
        Flaw::TooManyAuthenticators => "At most 10 authenticators. Remove one that you do not use.",
        Flaw::LastAuthenticator => {
            "The last authenticator cannot be removed. Register another one first."
        }
        Flaw::Vouched => {
            "You signed in by a colleague's word: nothing can be changed. Sign in with your own second factor, or ask an administrator for a new link."
        }
        Flaw::Sealed => "A sealed emergency account cannot be changed.",
        Flaw::SignIn
        | Flaw::FacilityNumber
        | Flaw::Role
        | Flaw::Himself
        | Flaw::InPast
        | Flaw::TooFar
        | Flaw::DisasterTooLong
        | Flaw::Day
        | Flaw::RoleMissing
        | Flaw::Hours
        | Flaw::AlreadyLonger
        | Flaw::IdleLock
        | Flaw::Certificate
        | Flaw::Known
        | Flaw::KnownAlready
        | Flaw::Range
        | Flaw::RangeTooWide
        | Flaw::Disabled
        | Flaw::NotToConfirm
        | Flaw::NotIndependent => "This change cannot be made.",
    }
}
