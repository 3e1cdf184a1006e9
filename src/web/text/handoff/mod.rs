//! Sentences of handing a patient over: the crew's form and the hospital's board.

mod codes;
mod en;
mod ja;
mod many;

use crate::domain::handoff::Refused;

pub(super) use en::EN;
pub(super) use ja::JA;

/// Sentences of these pages.
pub(in crate::web) struct Handoff {
    /// Why a step was not taken.
    pub(in crate::web) refused: fn(Refused) -> &'static str,
    /// What happened, by its word in the record.
    pub(in crate::web) happened: fn(&str) -> &'static str,
    /// What was typed and cannot be read.
    pub(in crate::web) unread: Unread,
    /// The crew's list.
    pub(in crate::web) crew: Crew,
    /// The crew's form.
    pub(in crate::web) form: Form,
    /// Asking hospitals, and arrival.
    pub(in crate::web) asking: Asking,
    /// What a tablet keeps until it is sent.
    pub(in crate::web) drafts: Drafts,
    /// The form without a connection.
    pub(in crate::web) away: Away,
    /// The hospital's board.
    pub(in crate::web) board: Board,
    /// The sheet.
    pub(in crate::web) sheet: Sheet,
    /// Many patients at once.
    pub(in crate::web) many: many::Many,
    /// Handing over by codes on a screen.
    pub(in crate::web) codes: codes::Codes,
}

/// What was typed and cannot be read.
pub(in crate::web) struct Unread {
    pub(in crate::web) time: &'static str,
    pub(in crate::web) birth_date: &'static str,
    pub(in crate::web) value: fn(&str) -> String,
    pub(in crate::web) jcs: &'static str,
    pub(in crate::web) gcs: &'static str,
    /// When it was touched is not known.
    pub(in crate::web) when: &'static str,
    pub(in crate::web) too_long: &'static str,
    pub(in crate::web) nothing: &'static str,
}

/// Sentences of the crew's list.
pub(in crate::web) struct Crew {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) begin: &'static str,
    pub(in crate::web) begin_hint: &'static str,
    pub(in crate::web) unit: &'static str,
    pub(in crate::web) begin_again: &'static str,
    pub(in crate::web) begin_submit: &'static str,
    pub(in crate::web) open: &'static str,
    pub(in crate::web) none_open: &'static str,
    pub(in crate::web) ended: &'static str,
    pub(in crate::web) unidentified: &'static str,
    pub(in crate::web) no_unit: &'static str,
    pub(in crate::web) responses: &'static str,
    /// As many as a department may have open.
    pub(in crate::web) full: &'static str,
    pub(in crate::web) begun: fn(&str) -> String,
}

/// Sentences of the crew's form.
pub(in crate::web) struct Form {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) parts: &'static str,
    pub(in crate::web) save: &'static str,
    /// What is on the page is what the server has.
    pub(in crate::web) saved: fn(&str) -> String,
    pub(in crate::web) unset: &'static str,
    pub(in crate::web) patient: &'static str,
    pub(in crate::web) patient_hint: &'static str,
    pub(in crate::web) age: &'static str,
    pub(in crate::web) sex: &'static str,
    pub(in crate::web) label: &'static str,
    pub(in crate::web) label_hint: &'static str,
    pub(in crate::web) name: &'static str,
    pub(in crate::web) kana: &'static str,
    pub(in crate::web) birth_date: &'static str,
    pub(in crate::web) mechanism: &'static str,
    pub(in crate::web) shown_to_asked: &'static str,
    pub(in crate::web) complaint: &'static str,
    pub(in crate::web) pupils_react: [&'static str; 2],
    pub(in crate::web) how: &'static str,
    pub(in crate::web) note: &'static str,
    pub(in crate::web) complaint_note: &'static str,
    pub(in crate::web) mechanism_note: &'static str,
    pub(in crate::web) finding_note: &'static str,
    pub(in crate::web) findings: &'static str,
    pub(in crate::web) vitals: &'static str,
    pub(in crate::web) add_vitals: &'static str,
    pub(in crate::web) measured_at: &'static str,
    pub(in crate::web) measured_hint: &'static str,
    pub(in crate::web) none_measured: &'static str,
    pub(in crate::web) units: &'static [(&'static str, &'static str)],
    pub(in crate::web) jcs: &'static str,
    pub(in crate::web) jcs_more: &'static str,
    pub(in crate::web) gcs: &'static str,
    pub(in crate::web) gcs_hint: &'static str,
    pub(in crate::web) eyes: &'static str,
    pub(in crate::web) verbal: &'static str,
    pub(in crate::web) motor: &'static str,
    pub(in crate::web) pupil_right: &'static str,
    pub(in crate::web) pupil_left: &'static str,
    pub(in crate::web) trend: &'static str,
    pub(in crate::web) treatments: &'static str,
    pub(in crate::web) treatments_hint: &'static str,
    pub(in crate::web) none_done: &'static str,
    pub(in crate::web) change: &'static str,
    pub(in crate::web) course: &'static str,
    pub(in crate::web) room_air: &'static str,
    pub(in crate::web) record: &'static str,
    pub(in crate::web) record_hint: &'static str,
    pub(in crate::web) record_short: &'static str,
    pub(in crate::web) by_crew: &'static str,
    pub(in crate::web) struck: &'static str,
    pub(in crate::web) confirm: &'static str,
    pub(in crate::web) strike: &'static str,
    /// The link stands, and nothing came with it.
    pub(in crate::web) not_copied: &'static str,
    pub(in crate::web) propose: &'static str,
    pub(in crate::web) restore_line: &'static str,
    pub(in crate::web) none_written: &'static str,
    pub(in crate::web) add_line: &'static str,
    pub(in crate::web) add: &'static str,
    pub(in crate::web) labels: &'static str,
    pub(in crate::web) acuity: &'static str,
    pub(in crate::web) alerts: &'static str,
    pub(in crate::web) alerts_hint: &'static str,
    pub(in crate::web) no_alerts: &'static str,
    pub(in crate::web) dismiss: &'static str,
    pub(in crate::web) restore: &'static str,
    pub(in crate::web) dismissed: &'static str,
    pub(in crate::web) rule_source: &'static str,
    pub(in crate::web) times: &'static str,
    pub(in crate::web) now: &'static str,
    pub(in crate::web) time_of_day: &'static str,
    pub(in crate::web) eta: &'static str,
    pub(in crate::web) eta_in: fn(i64) -> String,
    pub(in crate::web) out_of_order: fn(&str, &str) -> String,
    pub(in crate::web) in_future: fn(&str) -> String,
    pub(in crate::web) who_is_it: &'static str,
    pub(in crate::web) search_first: &'static str,
    pub(in crate::web) link: fn(&str) -> String,
    pub(in crate::web) linked: fn(&str) -> String,
    /// In what crew and record differ, and what the crew entered.
    pub(in crate::web) differs: fn(&str, &str) -> String,
    pub(in crate::web) unlink: &'static str,
    pub(in crate::web) unlink_hint: &'static str,
    pub(in crate::web) check_units: &'static str,
}

/// Sentences of what a tablet keeps until it is sent.
pub(in crate::web) struct Drafts {
    pub(in crate::web) title: &'static str,
    /// So many are not sent yet.
    pub(in crate::web) unsent: &'static str,
    pub(in crate::web) which: &'static str,
    /// They cannot be kept here beyond this page.
    pub(in crate::web) unkept: &'static str,
    /// So many of other accounts.
    pub(in crate::web) others: &'static str,
    /// What signing out does with them.
    pub(in crate::web) leaving: &'static str,
    /// What was not taken, and why.
    pub(in crate::web) refused: &'static str,
    pub(in crate::web) seen: &'static str,
    /// What needs the network, and was not kept.
    pub(in crate::web) offline: &'static str,
    /// What was refused without a sentence.
    pub(in crate::web) no_reason: &'static str,
    /// What was kept and cannot be read.
    pub(in crate::web) unread: &'static str,
}

/// Sentences of the form that a tablet shows without a connection.
pub(in crate::web) struct Away {
    /// What the page is, and is not.
    pub(in crate::web) hint: &'static str,
    /// Whose touches they would be is not known.
    pub(in crate::web) nobody: &'static str,
    pub(in crate::web) begin_hint: &'static str,
    /// The run of a touch could not begin.
    pub(in crate::web) unbegun: &'static str,
    /// So many were made where nobody could be asked who it is.
    pub(in crate::web) unchecked: &'static str,
    pub(in crate::web) own: &'static str,
    pub(in crate::web) not_own: &'static str,
}

/// Sentences of asking hospitals and of arrival.
pub(in crate::web) struct Asking {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) hospitals: &'static str,
    pub(in crate::web) no_hospitals: &'static str,
    pub(in crate::web) submit: &'static str,
    pub(in crate::web) none_chosen: &'static str,
    pub(in crate::web) asked_at: fn(&str) -> String,
    pub(in crate::web) answer: &'static str,
    pub(in crate::web) answer_submit: &'static str,
    pub(in crate::web) withdraw: &'static str,
    pub(in crate::web) withdraw_hint: &'static str,
    pub(in crate::web) arrival: &'static str,
    pub(in crate::web) arrival_hint: &'static str,
    pub(in crate::web) by_crew: &'static str,
    pub(in crate::web) arrived: &'static str,
    pub(in crate::web) waits: fn(&str) -> String,
    pub(in crate::web) handed_over: fn(&str, &str, &str, &str) -> String,
    pub(in crate::web) end: &'static str,
    pub(in crate::web) end_hint: &'static str,
    pub(in crate::web) print: &'static str,
    pub(in crate::web) history: &'static str,
}

/// Sentences of the hospital's board.
pub(in crate::web) struct Board {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) hint: &'static str,
    pub(in crate::web) live: &'static str,
    pub(in crate::web) not_live: &'static str,
    /// So many new ones; `{}` stands for the number.
    pub(in crate::web) came: &'static str,
    pub(in crate::web) beyond: fn(usize) -> String,
    pub(in crate::web) unreadable: fn(usize) -> String,
    pub(in crate::web) reload: &'static str,
    pub(in crate::web) as_of: fn(&str) -> String,
    pub(in crate::web) waiting: &'static str,
    pub(in crate::web) coming: &'static str,
    pub(in crate::web) here: &'static str,
    pub(in crate::web) none: &'static str,
    pub(in crate::web) eta: &'static str,
    pub(in crate::web) eta_unset: &'static str,
    pub(in crate::web) in_minutes: fn(i64) -> String,
    pub(in crate::web) overdue: fn(i64) -> String,
    pub(in crate::web) unit: &'static str,
    pub(in crate::web) complaint: &'static str,
    pub(in crate::web) who: &'static str,
    pub(in crate::web) warnings: &'static str,
    pub(in crate::web) state: &'static str,
    pub(in crate::web) open: &'static str,
    pub(in crate::web) is_new: &'static str,
    pub(in crate::web) incoming: &'static str,
    pub(in crate::web) not_yours: &'static str,
    pub(in crate::web) answer: &'static str,
    pub(in crate::web) accept: &'static str,
    pub(in crate::web) accept_hint: &'static str,
    pub(in crate::web) decline: &'static str,
    pub(in crate::web) decline_note: &'static str,
    pub(in crate::web) ask_back: &'static str,
    pub(in crate::web) ask_back_submit: &'static str,
    pub(in crate::web) talk: &'static str,
    pub(in crate::web) only_clinicians: &'static str,
    pub(in crate::web) receive: &'static str,
    pub(in crate::web) receive_hint: &'static str,
    pub(in crate::web) received_by: &'static str,
    pub(in crate::web) whose: &'static str,
    pub(in crate::web) receive_submit: &'static str,
    pub(in crate::web) reveal: &'static str,
    pub(in crate::web) reveal_hint: &'static str,
    pub(in crate::web) revealed: &'static str,
    pub(in crate::web) cover: &'static str,
    pub(in crate::web) by_record: &'static str,
    pub(in crate::web) to_record: &'static str,
    pub(in crate::web) document: &'static str,
    pub(in crate::web) by_crew: &'static str,
    pub(in crate::web) not_received: &'static str,
    pub(in crate::web) own_times: &'static str,
    pub(in crate::web) taken: &'static str,
}

/// Sentences of the sheet.
pub(in crate::web) struct Sheet {
    pub(in crate::web) title: &'static str,
    pub(in crate::web) end: &'static str,
}
