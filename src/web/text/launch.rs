//! Sentences of opening from the facility's own system.

use super::Sentence;

/// Sentences of one language; a missing one does not compile.
pub(in crate::web) struct Launch {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) go_on: &'static str,
    /// Nobody is signed in, or the session is locked.
    pub(in crate::web) signed_out: &'static str,
    pub(in crate::web) sign_in: &'static str,
    pub(in crate::web) unverified: Sentence,
    pub(in crate::web) out_of_time: Sentence,
    pub(in crate::web) used: Sentence,
    pub(in crate::web) not_yours: Sentence,
    pub(in crate::web) another_patient: Sentence,
}

/// 日本語
pub(super) const JA: Launch = Launch {
    title: "電子カルテからの呼び出し",
    hint: "電子カルテで開いている患者の確認画面に進みます。まだ何も表示・開始されません。5分以内に続けてください。",
    go_on: "続ける",
    signed_out: "ログインしていないか、画面がロックされています。別の画面でログインまたは解除してから、この画面で「続ける」を押してください。",
    sign_in: "別の画面でログイン・ロック解除",
    unverified: Sentence {
        title: "呼び出しを確かめられません",
        body: "電子カルテから送られた内容を確かめられません。電子カルテから開き直すか、番号で検索してください。",
    },
    out_of_time: Sentence {
        title: "呼び出しの時間が過ぎました",
        body: "呼び出しは短い時間だけ有効です。電子カルテから開き直してください。",
    },
    used: Sentence {
        title: "使用済みの呼び出しです",
        body: "呼び出しは1回だけ使えます。電子カルテから開き直してください。",
    },
    not_yours: Sentence {
        title: "別の職員または施設の呼び出しです",
        body: "電子カルテと同じ職員でログインしてから、電子カルテから開き直してください。",
    },
    another_patient: Sentence {
        title: "患者が一致しません",
        body: "電子カルテの患者と資格確認の結果の生年月日が違います。電子カルテの保険情報を確かめ、番号で検索してください。",
    },
};

/// English
pub(super) const EN: Launch = Launch {
    title: "Opened from the chart",
    hint: "Leads to the confirmation page of the patient who is open in the chart. Nothing is shown or begun yet. Go on within 5 minutes.",
    go_on: "Go on",
    signed_out: "Nobody is signed in, or the screen is locked. Sign in or unlock in another window, then press Go on here.",
    sign_in: "Sign in or unlock in another window",
    unverified: Sentence {
        title: "This call cannot be verified",
        body: "What the chart sent cannot be verified. Open again from the chart, or search by number.",
    },
    out_of_time: Sentence {
        title: "The call is too old",
        body: "A call is good for a short time only. Open again from the chart.",
    },
    used: Sentence {
        title: "The call was used before",
        body: "A call is good once. Open again from the chart.",
    },
    not_yours: Sentence {
        title: "The call is for another account or facility",
        body: "Sign in as the person who uses the chart, then open again from the chart.",
    },
    another_patient: Sentence {
        title: "The patients do not match",
        body: "The patient in the chart and the answer for this number have different birth dates. Check the insurance in the chart, and search by number.",
    },
};
