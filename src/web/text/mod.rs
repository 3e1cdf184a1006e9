//! Every sentence of the pages, once per language: a missing one does not compile.

mod admin;
mod asked;
mod disclosure;
mod en;
mod factors;
mod grants;
mod handoff;
mod health;
mod integrity;
mod ja;
mod launch;
mod lists;
mod receipts;
mod replay;
mod report;
mod review;
mod seats;
mod unread;

use crate::{
    access::{Field, Refusal, Wrong},
    domain::{
        access::{End, IdentifiedBy, Reason, Role},
        patient::{Death, Sex},
        section::{Language, Look, SectionName, SourceName, State},
        summary::Partial,
        words,
    },
};

/// One sentence that says what happened and what to do next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sentence {
    /// The heading, a few words.
    pub(super) title: &'static str,
    /// The sentence.
    pub(super) body: &'static str,
}

/// All words of one language.
pub(super) struct Text {
    /// Value of the `lang` attribute.
    pub(super) lang: &'static str,
    /// Every page.
    pub(super) common: Common,
    /// Signing in, the lock.
    pub(super) door: Door,
    /// Search.
    pub(super) search: Search,
    /// The glass.
    pub(super) glass: Glass,
    /// The summary.
    pub(super) summary: Summary,
    /// The page with every part.
    pub(super) guide: Guide,
    /// What is shown only when asked for.
    pub(super) asked: asked::Asked,
    /// Opening from the facility's own system.
    pub(super) launch: launch::Launch,
    /// Passkeys, everybody's own authenticators.
    pub(super) factors: factors::Factors,
    /// The administrator's pages.
    pub(super) admin: admin::Admin,
    /// How the node does.
    pub(super) health: health::Health,
    /// One's own sessions, vouching.
    pub(super) seats: seats::Seats,
    pub(super) receipts: receipts::Receipts,
    pub(super) integrity: integrity::Integrity,
    /// Around grants.
    pub(super) grants: grants::Grants,
    /// Handing a patient over.
    pub(super) handoff: handoff::Handoff,
    /// What cannot be read now.
    pub(super) unread: unread::Unread,
    /// The auditor's list.
    pub(super) audit: Audit,
    /// What was shown, again.
    pub(super) replay: replay::Replay,
    /// The work list and its cases.
    pub(super) review: review::Review,
    /// What a patient is told of who saw what.
    pub(super) disclosure: disclosure::Disclosure,
    /// Lists handed in.
    pub(super) lists: lists::Lists,
    /// The month in figures.
    pub(super) report: report::Report,
    /// Error pages.
    pub(super) problem: Problem,
    /// Words for values.
    pub(super) words: Words,
}

/// Sentences of every page.
pub(super) struct Common {
    pub(super) product: &'static str,
    pub(super) demo: &'static str,
    pub(super) skip: &'static str,
    /// Name of the other language, in that language.
    pub(super) other_language: &'static str,
    pub(super) home: &'static str,
    /// The first page, whatever the role finds there.
    pub(super) start: &'static str,
    pub(super) lock: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) request: &'static str,
    /// Name of the panel with light and keys.
    pub(super) settings: &'static str,
    pub(super) theme: &'static str,
    pub(super) theme_auto: &'static str,
    pub(super) theme_light: &'static str,
    pub(super) theme_dark: &'static str,
    pub(super) pages: &'static str,
    /// Between the words of a list.
    pub(super) comma: &'static str,
    pub(super) previous: &'static str,
    pub(super) next: &'static str,
    /// On paper, instead of a page whose print nobody would record.
    pub(super) no_print: &'static str,
}

/// Sentences of the sign-in and lock pages.
pub(super) struct Door {
    pub(super) title: &'static str,
    pub(super) account: &'static str,
    pub(super) password: &'static str,
    pub(super) code_title: &'static str,
    pub(super) code: &'static str,
    pub(super) code_hint: &'static str,
    pub(super) terminal_title: &'static str,
    pub(super) terminal_device: &'static str,
    pub(super) terminal_hint: &'static str,
    pub(super) terminal_submit: &'static str,
    pub(super) terminal_unknown: &'static str,
    pub(super) code_later: &'static str,
    pub(super) submit: &'static str,
    pub(super) logged: &'static str,
    pub(super) lock_title: &'static str,
    pub(super) lock_body: &'static str,
    pub(super) unlock: &'static str,
    pub(super) locked_as: &'static str,
}

/// Sentences of the first page.
pub(super) struct Search {
    pub(super) title: &'static str,
    pub(super) by_number: &'static str,
    pub(super) insurer: &'static str,
    pub(super) symbol: &'static str,
    pub(super) number: &'static str,
    pub(super) branch: &'static str,
    pub(super) number_hint: &'static str,
    pub(super) by_four: &'static str,
    pub(super) name: &'static str,
    pub(super) birth_date: &'static str,
    pub(super) birth_hint: &'static str,
    pub(super) sex: &'static str,
    pub(super) sex_unset: &'static str,
    pub(super) address: &'static str,
    pub(super) insurer_name: &'static str,
    pub(super) submit: &'static str,
    /// The button for a number read from a 資格確認書.
    pub(super) certificate: &'static str,
    /// The answer waited so many seconds.
    pub(super) slowed: fn(u64) -> String,
    pub(super) recorded: &'static str,
    pub(super) current: &'static str,
    pub(super) current_hint: &'static str,
    /// Many current patients: how many are not listed.
    pub(super) current_others: fn(usize) -> String,
    pub(super) current_unrecorded: &'static str,
    /// The search may be sent again.
    pub(super) send_again: &'static str,
    /// The facility has declared a disaster: where and until when.
    pub(super) disaster: fn(&str) -> String,
    pub(super) namesake: &'static str,
    pub(super) own_grants: &'static str,
    pub(super) no_clinical: &'static str,
    pub(super) auditor: &'static str,
    pub(super) administrator: &'static str,
}

/// Sentences of the page with candidates and the glass form.
pub(super) struct Glass {
    pub(super) title: &'static str,
    pub(super) candidate: &'static str,
    pub(super) several: &'static str,
    /// The same where nobody can be chosen.
    pub(super) several_seen: &'static str,
    /// The key that leads to one of several candidates.
    pub(super) candidate_key: &'static str,
    pub(super) family: &'static str,
    pub(super) nobody: &'static str,
    /// After a search by number: the other way.
    pub(super) nobody_next: &'static str,
    /// After a search by four attributes: the other way.
    pub(super) nobody_by_four: &'static str,
    pub(super) too_many: &'static str,
    pub(super) unconfirmed: &'static str,
    /// By four attributes: which agree, and which could not be compared, or not wholly.
    pub(super) partly: fn(agreed: &str, open: &str) -> String,
    /// Of a birth date: what of it alone is known.
    pub(super) year_only: &'static str,
    pub(super) month_only: &'static str,
    /// The part of an address that must agree.
    pub(super) prefecture: &'static str,
    /// A record of death that `identity` holds, with its day.
    pub(super) death: fn(Death) -> String,
    pub(super) legal_before: &'static str,
    /// The same for crews, whose captain judges.
    pub(super) legal_before_captain: &'static str,
    /// Between an installation's own sentence and the name of who judged.
    pub(super) judge_before: &'static str,
    pub(super) legal_after: &'static str,
    pub(super) judged_by: &'static str,
    pub(super) judged_by_self: &'static str,
    pub(super) judged_by_captain: &'static str,
    /// Where a crew's form names nobody.
    pub(super) captain_missing: &'static str,
    pub(super) reason: &'static str,
    pub(super) reason_hint: &'static str,
    pub(super) note: &'static str,
    pub(super) note_hint: &'static str,
    /// Beside a field in which Enter opens nothing.
    pub(super) then_tab: &'static str,
    pub(super) identified_by: &'static str,
    pub(super) identified_later: &'static str,
    pub(super) submit: &'static str,
    /// The reason is the one that a colleague gave.
    pub(super) reason_joined: fn(reason: &str) -> String,
    /// The reason is the one that was typed before.
    pub(super) reason_kept: fn(reason: &str) -> String,
    /// The ledger could not be written: the same may be sent again.
    pub(super) not_opened: &'static str,
    /// What opening does: who looks at whom (`None`: only a number).
    pub(super) consequence: fn(who: &str, whom: Option<&str>) -> String,
    pub(super) continue_open: &'static str,
    pub(super) no_permission: &'static str,
    /// Without emergency permission, for a role that sees patients with consent.
    pub(super) only_with_consent: &'static str,
    pub(super) search_again: &'static str,
    pub(super) kana: &'static str,
    pub(super) town: &'static str,
    pub(super) unknown: &'static str,
}

/// Sentences of the summary, its normal view and its print.
pub(super) struct Summary {
    pub(super) title: &'static str,
    pub(super) print_title: &'static str,
    pub(super) name_unknown: &'static str,
    pub(super) unconfirmed: &'static str,
    pub(super) usual_name: &'static str,
    pub(super) number: &'static str,
    pub(super) identified: &'static str,
    pub(super) identity_open: &'static str,
    pub(super) identity_ask: &'static str,
    pub(super) save: &'static str,
    pub(super) viewer: &'static str,
    pub(super) left: &'static str,
    pub(super) receipt: &'static str,
    pub(super) wrong_patient: &'static str,
    pub(super) end: &'static str,
    pub(super) strip: &'static str,
    pub(super) severe: &'static str,
    pub(super) normal: &'static str,
    pub(super) emergency: &'static str,
    pub(super) print: &'static str,
    pub(super) print_now: &'static str,
    pub(super) print_again: &'static str,
    pub(super) print_note: &'static str,
    pub(super) printed_by: &'static str,
    pub(super) printed_at: &'static str,
    pub(super) back: &'static str,
    pub(super) never_holds: &'static str,
    /// On paper: rows in all, so that a missing sheet is noticed.
    pub(super) sheet_rows: fn(usize) -> String,
    /// Below the last row on paper.
    pub(super) sheet_end: fn(usize) -> String,
    pub(super) covered: &'static str,
    pub(super) uncover: &'static str,
    pub(super) lock_soon: &'static str,
    pub(super) stay: &'static str,
    pub(super) keys_on: &'static str,
    pub(super) keys_off: &'static str,
    /// Every key with what it does.
    pub(super) keys: &'static [(&'static str, &'static str)],
    pub(super) keys_title: &'static str,
    pub(super) keys_note: &'static str,
    pub(super) late_failed: &'static str,
    pub(super) retry: &'static str,
    pub(super) accounting: fn(shown: usize, all: usize) -> String,
    pub(super) as_of: &'static str,
    pub(super) contacts: &'static str,
    /// Name of the banner.
    pub(super) patient: &'static str,
    /// Where a row comes from.
    pub(super) facility: &'static str,
    pub(super) department: &'static str,
    pub(super) telephone: &'static str,
    pub(super) date: &'static str,
    pub(super) source: &'static str,
    pub(super) received: &'static str,
}

/// Words of the page with every part.
pub(super) struct Guide {
    pub(super) title: &'static str,
    pub(super) hint: &'static str,
    pub(super) colours: &'static str,
    pub(super) type_scale: &'static str,
    pub(super) icons: &'static str,
    pub(super) tags: &'static str,
    pub(super) banner: &'static str,
    pub(super) sections: &'static str,
    pub(super) flash: &'static str,
    pub(super) fields: &'static str,
    pub(super) pager: &'static str,
    pub(super) dialog: &'static str,
    pub(super) sample: &'static str,
    pub(super) sample_drug: &'static str,
    pub(super) sample_detail: &'static str,
    pub(super) sample_place: &'static str,
    pub(super) sample_allergen: &'static str,
    pub(super) sample_reaction: &'static str,
    pub(super) sample_name: &'static str,
    pub(super) sample_age: &'static str,
}

/// Sentences of the auditor's list.
pub(super) struct Audit {
    pub(super) title: &'static str,
    pub(super) hint: &'static str,
    pub(super) seq: &'static str,
    pub(super) time: &'static str,
    pub(super) event: &'static str,
    pub(super) account: &'static str,
    pub(super) terminal: &'static str,
    pub(super) patient: &'static str,
    pub(super) receipt: &'static str,
    pub(super) reason: &'static str,
    /// The event's word in the ledger, in words; `None` for one that is not known here.
    pub(super) words: fn(&str) -> Option<&'static str>,
}

/// Sentences of the error pages.
pub(super) struct Problem {
    pub(super) malformed: Sentence,
    pub(super) unclean: Sentence,
    /// The button that sends it once more.
    pub(super) unclean_again: &'static str,
    /// The same where it leads to the patient's glass page first.
    pub(super) unclean_glass: &'static str,
    pub(super) signed_out: Sentence,
    pub(super) not_allowed: Sentence,
    pub(super) not_found: Sentence,
    pub(super) wrong_method: Sentence,
    pub(super) grant_over: Sentence,
    pub(super) other_node: Sentence,
    pub(super) stale: Sentence,
    pub(super) foreign_form: Sentence,
    pub(super) too_large: Sentence,
    pub(super) wrong_type: Sentence,
    pub(super) wrong_host: Sentence,
    pub(super) prefetch: Sentence,
    pub(super) busy: Sentence,
    pub(super) broken: Sentence,
    pub(super) cannot_record: Sentence,
    pub(super) unavailable: Sentence,
    pub(super) two_patients: Sentence,
    pub(super) field: Sentence,
    pub(super) locked: Sentence,
}

/// Words for values of the domain.
pub(super) struct Words {
    pub(super) section: fn(SectionName) -> &'static str,
    pub(super) state: fn(State) -> &'static str,
    pub(super) source: fn(SourceName) -> &'static str,
    /// The short mark on a row.
    pub(super) mark: fn(SourceName) -> &'static str,
    pub(super) role: fn(Role) -> &'static str,
    pub(super) reason: fn(Reason) -> &'static str,
    pub(super) identified_by: fn(IdentifiedBy) -> &'static str,
    pub(super) end: fn(End) -> &'static str,
    pub(super) sex: fn(Sex) -> &'static str,
    pub(super) look: fn(Look) -> &'static str,
    pub(super) wrong: fn(Field, Wrong) -> String,
    pub(super) refusal: fn(Refusal) -> String,
    pub(super) partial: fn(&Partial) -> Vec<String>,
    /// 「＋7件」
    pub(super) more: fn(usize) -> String,
    pub(super) outside_window: fn(usize) -> String,
    pub(super) withheld: fn(usize) -> String,
    pub(super) stale: fn(minutes: i64) -> String,
}

/// A record of death that `identity` holds, in the banner's own words.
fn recorded_death(death: Death, language: Language) -> String {
    let source = (words::states::words(language).source)(SourceName::Identity);
    words::patient::death(death, source, language)
}

impl Text {
    /// The words of `language`.
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::Ja => &ja::TEXT,
            Language::En => &en::TEXT,
        }
    }
}
