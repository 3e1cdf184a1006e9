//! Sentences of handing over by codes on a screen, in both languages.

/// Sentences of the tablet and of the hospital's page.
pub(in crate::web) struct Codes {
    /// On the tablet: opens the codes.
    pub(in crate::web) show: &'static str,
    /// On the tablet: what is in them, and what is not.
    pub(in crate::web) what: &'static str,
    /// On the tablet: where no key was ever fetched.
    pub(in crate::web) no_key: &'static str,
    /// On the tablet: where the browser cannot make them.
    pub(in crate::web) failed: &'static str,
    /// `{}` stands for which, and of how many.
    pub(in crate::web) place: &'static str,
    pub(in crate::web) before: &'static str,
    pub(in crate::web) next: &'static str,
    pub(in crate::web) close: &'static str,
    /// The hospital's page.
    pub(in crate::web) title: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) field: &'static str,
    pub(in crate::web) submit: &'static str,
    pub(in crate::web) nothing: &'static str,
    pub(in crate::web) mixed: &'static str,
    pub(in crate::web) broken: &'static str,
    /// Which of how many are missing, and how many lines are no code.
    pub(in crate::web) missing: fn(&str, u8, usize) -> String,
    pub(in crate::web) not_signed: &'static str,
    /// How far a script has counted; `{}` stands for how many were read, and of how many.
    pub(in crate::web) count: &'static str,
    /// Taken, but for so many touches.
    pub(in crate::web) left: fn(usize) -> String,
    pub(in crate::web) open: &'static str,
    pub(in crate::web) arrival: &'static str,
    pub(in crate::web) alerts: &'static str,
}

/// 日本語
pub(super) const JA: Codes = Codes {
    show: "QRコードで病院に渡す",
    what: "通信できないときの最後の手段です。病院の端末の「QRコードで受け取る」で、順に読み取ってもらってください。この端末で入力し、まだ送信していない内容だけが入っています（暗号化・署名つき）。共有記録の内容、照会、患者との結び付けは入っていません。入力し直したら、もう一度開いてください。",
    no_key: "この端末では作れません（サインインしてから一度も通信できていません）。口頭と紙で引き継いでください。",
    failed: "コードを作れませんでした。口頭と紙で引き継いでください。",
    place: "{} 枚目／全{}枚",
    before: "前へ",
    next: "次へ",
    close: "閉じる",
    title: "QRコードで受け取る",
    hint: "救急隊の端末に通信がないとき、画面のQRコードを、つながっているスキャナで順に読み取ってください。順番は問いません。すべて読み取って押すと、この病院の応需として記録され、引継ぎが開きます。",
    field: "読み取ったコード",
    submit: "応需して受け取る",
    nothing: "引継ぎのコードが読み取られていません。枠の中を選び、救急隊の端末のコードを読み取ってください。",
    mixed: "別の引継ぎのコードが混ざっています。枠を空にして、救急隊の端末に今表示されているコードだけを読み取ってください。",
    broken: "コードはそろっていますが、読めません。救急隊の端末でもう一度表示し、枠を空にして読み取ってください。",
    missing: |places, of, unread| {
        let unread = if unread == 0 {
            String::new()
        } else {
            format!("コードでない行が{unread}行あります。")
        };
        format!("{of}枚のうち {places} 枚目がまだです。{unread}続けて読み取ってください。")
    },
    not_signed: "このコードは受け取れません（署名が確かめられない、24時間を過ぎた、または隊員の資格が終わっています）。口頭と紙で引き継いでください。",
    count: "{}枚のうち{}枚を読み取りました。",
    left: |count| {
        format!(
            "引継ぎを受け取りました。ただし、次の{count}件の入力は取り込めませんでした。救急隊に口頭で確かめてください。"
        )
    },
    open: "引継ぎを開く",
    arrival: "到着",
    alerts: "その他",
};

/// English
pub(super) const EN: Codes = Codes {
    show: "Hand over by QR codes",
    what: "The last resort without a connection. Have them scanned one after the other at the hospital's page “Receive by QR codes”. They hold only what was entered on this tablet and is not sent yet (encrypted, signed): nothing of the shared records, no question to a hospital, no link to a patient. Open them anew after entering more.",
    no_key: "This tablet cannot make them: it had no connection since you signed in. Hand over in words and on paper.",
    failed: "The codes could not be made. Hand over in words and on paper.",
    place: "{} of {}",
    before: "Back",
    next: "Next",
    close: "Close",
    title: "Receive by QR codes",
    hint: "Where the crew's tablet has no connection, scan the QR codes on its screen one after the other, in any order. Once all are read, the button records this hospital's acceptance and opens the handoff.",
    field: "Codes as scanned",
    submit: "Accept and receive",
    nothing: "No code of a handoff was scanned. Choose the field and scan the codes on the crew's tablet.",
    mixed: "Codes of another handoff are among them. Empty the field, and scan only those that the crew's tablet shows now.",
    broken: "All codes are there and cannot be read. Have them shown anew on the crew's tablet, empty the field and scan them.",
    missing: |places, of, unread| {
        let unread = match unread {
            0 => String::new(),
            1 => "1 line is no code. ".to_owned(),
            more => format!("{more} lines are no codes. "),
        };
        format!("Of {of} codes, {places} missing yet. {unread}Go on scanning.")
    },
    not_signed: "These codes cannot be taken: their signature is not known, they are older than 24 hours, or the crew's account is over. Hand over in words and on paper.",
    count: "Of {} codes, {} read.",
    left: |count| {
        let touches = if count == 1 { "entry" } else { "entries" };
        format!("The handoff was received. {count} {touches} could not be taken: ask the crew.")
    },
    open: "Open the handoff",
    arrival: "Arrival",
    alerts: "Other",
};
