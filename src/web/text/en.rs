//! English.

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

/// The English words.
pub(super) static TEXT: Text = Text {
    lang: "en",
    common: Common {
        product: "Emergency summary terminal",
        demo: "Simulated patients, not real",
        skip: "Skip to content",
        other_language: "日本語",
        home: "Find a patient",
        start: "Start page",
        lock: "Lock",
        sign_out: "Sign out",
        request: "Reference: ",
        settings: "View, keys",
        theme: "Brightness",
        theme_auto: "Automatic",
        theme_light: "Light",
        theme_dark: "Dark (night)",
        pages: "Pages",
        comma: ", ",
        previous: "Previous",
        next: "Next",
        no_print: "This page is not printed. Press the p key on the patient's screen (it is recorded)",
    },
    door: Door {
        title: "Sign in",
        account: "Staff ID",
        password: "Password",
        code_title: "One-time code",
        code: "One-time code (6 digits)",
        code_later: "Leave it empty to be asked on the next page. Not needed to resume your locked screen at this terminal.",
        code_hint: "Enter the six digits that your authenticator shows.",
        terminal_title: "Register this terminal",
        terminal_device: "Registration code",
        terminal_hint: "Enter the code that the administrator made (12 characters, 30 minutes, once). This browser becomes that terminal.",
        terminal_submit: "Register",
        terminal_unknown: "This registration code cannot be used: wrong, used or expired. Check it, or ask the administrator for a new one.",
        submit: "Sign in",
        logged: "Every sign-in and every look is recorded.",
        lock_title: "Screen locked",
        lock_body: "Enter your password to go on. The patients you had open are still open.",
        unlock: "Unlock",
        locked_as: "Locked by: ",
    },
    search: Search {
        title: "Find a patient",
        by_number: "Number on the insurance card",
        insurer: "Insurer number",
        symbol: "Symbol",
        number: "Number",
        branch: "Branch",
        number_hint: "Full or half width and hyphens do not matter. Symbol and branch may stay empty. Public payer and recipient numbers work too. Scan QR codes and magnetic stripes into the number field.",
        by_four: "Name, birth date, sex and address",
        name: "Name",
        birth_date: "Birth date",
        birth_hint: "Birth date, for example S35.4.1, 昭和35年4月1日 or 19600401. The whole name in kanji or kana, a foreign one in Latin letters; the address from the prefecture on (or the insurer's name instead).",
        sex: "Sex",
        sex_unset: "Choose",
        address: "Address",
        insurer_name: "Insurer's name",
        submit: "Search",
        certificate: "Search by eligibility certificate",
        slowed: |seconds| {
            format!(
                "Many searches: this answer waited {seconds} s. Searching goes on (it is recorded)."
            )
        },
        recorded: "Who searched, when and for what is recorded.",
        current: "Patients being cared for now",
        current_hint: "Colleagues of this facility have these patients open. Choosing one leads to the glass page where their reason can be taken over.",
        current_others,
        current_unrecorded: "The ledger cannot be written, so the list of current patients is not shown. Search by number.",
        send_again: "Nothing was searched yet. What you typed is kept. Press Search again.",
        disaster: |place| {
            format!(
                "A disaster is declared (until the end of {place}). Reason 5 opens without a further question."
            )
        },
        namesake: "Another patient has the same number or name",
        own_grants: "Patients you have open (open again at once)",
        no_clinical: "Reception staff do not see clinical data.",
        auditor: "You are signed in as an auditor. Clinical pages are not open to you.",
        administrator: "You are signed in as an administrator. Clinical pages are not open to you; you manage accounts and terminals.",
    },
    glass: Glass {
        title: "Confirm the patient and break the glass",
        candidate: "Candidate",
        several: "There are several candidates. Check what differs (in bold) and choose one.",
        several_seen: "There is more than one candidate. Check the differences in bold.",
        candidate_key: "This key leads to the reason",
        family: "Family members with the same number and birth date",
        nobody: "Not registered ― this does not mean no history",
        nobody_next: "Check and correct the number, or search by name, birth date, sex and address.",
        nobody_by_four: "Check and correct what was typed, or search by the insurance number.",
        too_many: "Too many people match. Add one more item, such as birth date or address.",
        unconfirmed: "Identity not confirmed ― the eligibility service does not answer. The record opens on the number alone.",
        partly: |agreed, open| {
            format!(
                "Agrees: {agreed}. Could not be compared: {open}. Make sure in another way that this is the patient."
            )
        },
        year_only: "birth date (only the year is registered)",
        month_only: "birth date (only the month is registered)",
        prefecture: "prefecture",
        death: |death| recorded_death(death, Language::En),
        legal_before: "A physician has judged this necessary to protect life or body, and consent hard to obtain (judged by: ",
        legal_before_captain: "The captain has judged this necessary to protect life or body, and consent hard to obtain (judged by: ",
        judge_before: " (judged by: ",
        legal_after: ")",
        judged_by: "Judging physician's name",
        judged_by_self: "Myself (signed-in physician)",
        judged_by_captain: "Name of the captain who judged",
        captain_missing: "Enter the name of the captain who judged.",
        reason: "Reason (one digit)",
        reason_hint: "One digit, then Enter",
        note: "Note",
        note_hint: "Required with 6 Other",
        then_tab: "then Tab leads to the reason",
        identified_by: "How the patient was identified",
        identified_later: "Later",
        submit: "Open the emergency summary",
        reason_joined,
        reason_kept,
        not_opened: "Nothing is open yet. What you typed is kept. Send it again: it opens once it can be recorded.",
        consequence,
        continue_open: "You have this patient open. Continue",
        no_permission: "You have no emergency permission, so clinical data cannot be opened.",
        only_with_consent: "You have no emergency permission: records open only with the patient's consent.",
        search_again: "Find another patient",
        kana: "Kana",
        town: "Town",
        unknown: "unknown",
    },
    summary: Summary {
        title: "Emergency summary",
        print_title: "Emergency summary (print)",
        name_unknown: "Name unknown",
        unconfirmed: "Identity not confirmed",
        usual_name: "Also known as",
        number: "Number",
        identified: "Identity: ",
        identity_open: "open",
        identity_ask: "Record",
        save: "Record",
        viewer: "By",
        left: "Left ",
        receipt: "Receipt",
        wrong_patient: "Wrong patient",
        end: "End",
        strip: "Allergies, contraindications",
        severe: "SEVERE",
        normal: "Normal view",
        emergency: "Emergency view",
        print: "Print",
        print_now: "Print this sheet",
        print_again: "Press p again to open the print page (it is recorded)",
        print_note: "To print press the p key (it is recorded)",
        printed_by: "Printed by",
        printed_at: "Printed at",
        back: "Back to the screen",
        never_holds: "Never on this screen: pregnancy, DNAR/ACP, operations and implanted devices older than 5 years, shunt side, vaccinations, weight and ADL, over-the-counter drugs, care paid privately or by workers' compensation",
        sheet_rows,
        sheet_end,
        covered: "The screen is covered",
        uncover: "Show again (Enter)",
        lock_soon: "This screen locks soon.",
        stay: "Stay",
        keys_on: "Keys: on",
        keys_off: "Keys: off",
        keys: &[
            ("1", "Allergies"),
            ("2", "Contraindications"),
            ("3", "Drugs"),
            ("4", "Infections"),
            ("5", "Laboratory"),
            ("6", "Problems"),
            ("7", "Operations"),
            ("8", "Dialysis"),
            ("9", "Visits"),
            ("0", "Procedures, check-ups, documents (each press goes on)"),
            ("/", "Find a patient"),
            ("n", "Normal and emergency view"),
            ("p", "Print (press twice)"),
            ("e", "Japanese"),
            ("l", "Lock"),
            ("u", "Change user"),
            ("x", "Wrong patient (covers and ends at once)"),
            ("r", "Renew (in the last 15 minutes)"),
            ("Esc", "Cover the screen at once"),
            ("?", "This list"),
        ],
        keys_title: "Keys",
        keys_note: "A digit goes to its section and opens what is folded there; pressed again it folds it. Everything works by mouse and touch too.",
        late_failed: "The rest could not be fetched. Please ask for it again.",
        retry: "Ask again",
        accounting,
        as_of: "As of",
        contacts: "Contacts",
        patient: "Patient",
        facility: "Facility",
        department: "Department",
        telephone: "Telephone",
        date: "Date",
        source: "Source",
        received: "received",
    },
    guide: Guide {
        title: "Style guide",
        hint: "Every part of the pages, for those who work on them. It holds nothing about a patient.",
        colours: "Colours",
        type_scale: "Type scale",
        icons: "Icons (one per meaning)",
        tags: "Tags",
        banner: "Banner (patient and allergies)",
        sections: "Sections and states",
        flash: "Messages",
        fields: "Fields",
        pager: "Pager",
        dialog: "Panel that opens",
        sample: "Sample",
        sample_drug: "Sampledrug 5 mg tablet",
        sample_detail: "dispensed to 12/4",
        sample_place: "Sample Hospital",
        sample_allergen: "Sample antibiotic",
        sample_reaction: "anaphylaxis",
        sample_name: "Sample Hanako",
        sample_age: "70 years",
    },
    asked: super::asked::EN,
    launch: super::launch::EN,
    factors: super::factors::EN,
    admin: super::admin::EN,
    health: super::health::EN,
    seats: super::seats::EN,
    handoff: super::handoff::EN,
    receipts: super::receipts::EN,
    integrity: super::integrity::EN,
    grants: super::grants::EN,
    unread: super::unread::EN,
    audit: Audit {
        title: "Ledger",
        hint: "The latest entries of this facility. Opening this list is recorded as well.",
        seq: "No.",
        time: "Time",
        event: "Event",
        account: "Account",
        terminal: "Terminal",
        patient: "Patient (pseudonym)",
        receipt: "Receipt",
        reason: "Reason",
        words: event,
    },
    replay: super::replay::EN,
    review: super::review::EN,
    disclosure: super::disclosure::EN,
    report: super::report::EN,
    lists: super::lists::EN,
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
        title: "The input cannot be read",
        body: "What was sent cannot be read. Go back and enter it again.",
    },
    unclean: Sentence {
        title: "Characters that cannot be used",
        body: "What was sent holds characters that cannot be used (control characters, broken ones), and nothing was done. Check what is left without them and send it again. Type passwords, codes and the reason anew.",
    },
    unclean_again: "Send this",
    unclean_glass: "Back to the patient's page",
    signed_out: Sentence {
        title: "Please sign in",
        body: "You are not signed in, or your session has ended. Please sign in again.",
    },
    not_allowed: Sentence {
        title: "This cannot be opened",
        body: "You may not do this, or it is not there. Start again from the first page.",
    },
    not_found: Sentence {
        title: "No such page",
        body: "There is no such page. Start again from the first page.",
    },
    wrong_method: Sentence {
        title: "This cannot be done here",
        body: "The page cannot be opened in this way. Start again from the first page.",
    },
    grant_over: Sentence {
        title: "Viewing has ended",
        body: "Viewing of this patient has ended. If you need it again, search and state the reason once more.",
    },
    other_node: Sentence {
        title: "This cannot be opened here",
        body: "Open the patient again at this terminal: search and state the reason once more.",
    },
    stale: Sentence {
        title: "The candidate has expired",
        body: "The search result is too old. Please search again.",
    },
    foreign_form: Sentence {
        title: "Not accepted",
        body: "This did not come from a page of this terminal and was not accepted. Start again from the first page.",
    },
    too_large: Sentence {
        title: "The input is too long",
        body: "A form may hold at most 64 kB (about 60,000 letters). Shorten it and send it again.",
    },
    wrong_type: Sentence {
        title: "This kind of input is not accepted",
        body: "Please use the forms of the pages.",
    },
    wrong_host: Sentence {
        title: "Wrong address",
        body: "The service is not available under this address. Use the one your hospital gave you.",
    },
    prefetch: Sentence {
        title: "No prefetching",
        body: "Pages are not shown ahead of time. Please open the page again.",
    },
    busy: Sentence {
        title: "Very busy",
        body: "More is asked for at this moment than can be answered. What you entered was not taken. Try again in a few seconds.",
    },
    broken: Sentence {
        title: "The page cannot be shown",
        body: "The page could not be made. Open it again; if that does not help, give the reference to your administrator.",
    },
    cannot_record: Sentence {
        title: "Cannot be shown because it cannot be recorded",
        body: "The ledger cannot be written, so no clinical data is shown. Use another terminal or follow your facility's procedure.",
    },
    unavailable: Sentence {
        title: "Not available at the moment",
        body: "This cannot be done right now. Wait a moment and try again.",
    },
    two_patients: Sentence {
        title: "Stopped for safety",
        body: "Data of more than one patient might have been mixed, so nothing was shown. Start again from the search.",
    },
    field: Sentence {
        title: "Please check your input",
        body: "Something in the form is wrong. Go back and correct it.",
    },
    locked: Sentence {
        title: "Screen locked",
        body: "The screen is locked. Unlock it with your password.",
    },
};

fn current_others(more: usize) -> String {
    format!("{more} more: search by number or name.")
}

fn reason_joined(reason: &str) -> String {
    format!(
        "A colleague's reason is \"{reason}\". Leave the field empty and press Enter if it is the same, or type another digit."
    )
}

fn reason_kept(reason: &str) -> String {
    format!(
        "The reason is \"{reason}\". Fill in what is missing, leave this field empty and press Enter to open, or type another digit."
    )
}

fn consequence(who: &str, whom: Option<&str>) -> String {
    let whom = whom.unwrap_or("the patient with this number");
    format!(
        "From here on the ledger keeps that {who} looked at {whom}, with terminal, time, reason and what was shown, and it is reviewed."
    )
}

fn sheet_rows(rows: usize) -> String {
    format!("{rows} rows in all")
}

fn sheet_end(rows: usize) -> String {
    format!("― End: {rows} rows. Without this line a sheet is missing ―")
}

fn accounting(shown: usize, all: usize) -> String {
    format!("{shown} of {all} records received are shown")
}

fn section(name: SectionName) -> &'static str {
    match name {
        SectionName::Allergies => "Allergies",
        SectionName::Contraindications => "Drug contraindications",
        SectionName::Drugs => "Drugs",
        SectionName::Infections => "Infections",
        SectionName::Labs => "Laboratory",
        SectionName::Problems => "Problems",
        SectionName::Operations => "Operations",
        SectionName::Dialysis => "Dialysis",
        SectionName::Visits => "Visits",
        SectionName::Procedures => "Procedures",
        SectionName::Checkups => "Check-ups",
        SectionName::Documents => "Documents",
    }
}

fn state(state: State) -> &'static str {
    match state {
        State::Present => "Present",
        State::NoneKnown => "None",
        State::ReportedEmpty => "Nothing on file (absence not confirmed)",
        State::NotAsked => "Not asked",
        State::NotCovered => "Not covered",
        State::Withheld => "Withheld",
        State::NotFetched => "Not fetched",
        State::Coming => "Being asked",
    }
}

fn source(name: SourceName) -> &'static str {
    match name {
        SourceName::Identity => "Eligibility service",
        SourceName::Emr => "Shared medical records",
        SourceName::Eprescription => "Electronic prescriptions",
        SourceName::Claims => "Insurance claims",
    }
}

fn mark(name: SourceName) -> &'static str {
    match name {
        SourceName::Identity => "ID",
        SourceName::Emr => "EMR",
        SourceName::Eprescription => "eRx",
        SourceName::Claims => "Claims",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Physician => "Physician",
        Role::Nurse => "Nurse",
        Role::Pharmacist => "Pharmacist",
        Role::Paramedic => "Paramedic",
        Role::Clerk => "Reception",
        Role::Auditor => "Auditor",
        Role::Administrator => "Administrator",
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Unconscious => "Impaired consciousness",
        Reason::DangerToLife => "Danger to life",
        Reason::CannotCommunicate => "Cannot communicate",
        Reason::NoTime => "No time to obtain consent",
        Reason::Disaster => "Disaster, mass casualties",
        Reason::Other => "Other (needs a note)",
    }
}

fn identified_by(by: IdentifiedBy) -> &'static str {
    match by {
        IdentifiedBy::Photograph => "Photograph compared",
        IdentifiedBy::Companion => "Family or companion",
        IdentifiedBy::Crew => "Ambulance crew's handoff",
        IdentifiedBy::Belongings => "Belongings only",
        IdentifiedBy::Patient => "The patient",
    }
}

pub(super) fn end(end: End) -> &'static str {
    match end {
        End::Time => "Time is over",
        End::Hand => "Care finished",
        End::SignOut => "Signed out",
        End::Revoked => "Permission revoked",
        End::Restart => "Restart",
        End::Renewed => "Renewed",
        End::WrongPatient => "Wrong patient",
        End::Objected => "Patient objected",
        End::Transferred => "Transferred",
        End::Deceased => "Deceased",
    }
}

fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::Other => "other",
        Sex::Unknown => "sex unknown",
    }
}

fn look(look: Look) -> &'static str {
    match look {
        Look::Emergency => "Emergency view",
        Look::Normal => "Normal view",
    }
}

fn field(field: Field) -> &'static str {
    match field {
        Field::Reason => "Reason",
        Field::Note => "Note",
        Field::JudgedBy => "Physician who judged",
        Field::IdentifiedBy => "How identified",
        Field::Insurer => "Insurer number",
        Field::Number => "Number",
        Field::Name => "Name",
        Field::BirthDate => "Birth date",
        Field::Sex => "Sex",
        Field::Address => "Address",
        Field::Mode => "Kind of search",
        Field::End => "Why viewing ends",
        Field::How => "How consent was given",
        Field::Categories => "Consented to",
        Field::TakenBy => "Who took the consent",
        Field::Renewal => "Renewal",
    }
}

fn wrong(which: Field, wrong: Wrong) -> String {
    let name = field(which);
    match (which, wrong) {
        (Field::Reason, Wrong::NotOneOf | Wrong::Missing | Wrong::Unreadable) => {
            "Enter exactly one digit from 1 to 6 as the reason.".to_owned()
        }
        (Field::Reason, Wrong::Contradictory) => {
            "Two reasons were sent. Choose only one.".to_owned()
        }
        (Field::Note, Wrong::Missing) => {
            "With 6 Other, and where the patient has objected, a note is required.".to_owned()
        }
        (_, Wrong::TooEarly) => format!("{name}: only within 15 minutes of the end."),
        (Field::Renewal, Wrong::NotOneOf) => {
            "Viewing with consent is not renewed: please take the consent anew.".to_owned()
        }
        (_, Wrong::Missing) => format!("{name}: please fill this in."),
        (_, Wrong::NotOneOf) => format!("{name}: please choose one of the list."),
        (_, Wrong::Contradictory) => format!("{name}: two different values were sent."),
        (_, Wrong::TooLong(limit)) => format!("{name}: at most {limit} characters."),
        (_, Wrong::Unscanned) => {
            "What was scanned holds no number that can be read. Scan again, or type insurer, symbol, number and branch."
                .to_owned()
        }
        (_, Wrong::NoPrefecture) => {
            format!("{name}: begin with the prefecture (such as 千葉県千葉市).")
        }
        (_, Wrong::Uncheckable) => {
            "The insurer's name alone cannot be checked. Enter the address, beginning with the prefecture."
                .to_owned()
        }
        (_, Wrong::InFuture) => {
            "The birth date is later than today. Check the era and the year.".to_owned()
        }
        (Field::BirthDate, Wrong::Unreadable) => {
            "The birth date cannot be read. Enter a day that exists, with year, month and day (S35.4.1, 19600401)."
                .to_owned()
        }
        (_, Wrong::Unreadable) => format!("{name}: this cannot be read. Check how it is written."),
    }
}

fn refusal(refusal: Refusal) -> String {
    match refusal {
        Refusal::UnknownOrWrong => "The staff ID or the password is wrong.".to_owned(),
        Refusal::WrongCode => "The code is wrong. Enter the code shown now.".to_owned(),
        Refusal::UsedCode(seconds) => {
            format!("This code has been used. The next one appears in {seconds} seconds.")
        }
        Refusal::Slowed(seconds) => {
            format!("Too many tries. Try again in {seconds} seconds.")
        }
        Refusal::UnknownTerminal => {
            "This terminal is not registered. Ask your administrator to register it.".to_owned()
        }
        Refusal::Expired => {
            "Too much time has passed. Start again with staff ID and password.".to_owned()
        }
        Refusal::WrongPasskey => {
            "This passkey cannot be used. Use another one, or password and code.".to_owned()
        }
        Refusal::UnverifiedPasskey => {
            "The passkey's device must ask for a finger, a face or a PIN.".to_owned()
        }
        Refusal::SealedHere => {
            "A sealed emergency account is signed in at this terminal. Unlock it and sign out first."
                .to_owned()
        }
        Refusal::CopiedPasskey => {
            "This passkey may have been copied and is refused. Tell your administrator.".to_owned()
        }
    }
}

fn partial(partial: &Partial) -> Vec<String> {
    let mut words = Vec::new();
    if partial.unreadable > 0 {
        words.push(format!("{} unreadable", partial.unreadable));
    }
    if partial.uncoded > 0 {
        words.push(format!("{} without code", partial.uncoded));
    }
    if partial.more_at_source {
        words.push("more at the source".to_owned());
    }
    if !partial.sources_missing.is_empty() {
        let names: Vec<_> = partial.sources_missing.iter().copied().map(mark).collect();
        words.push(format!("not fetched: {}", names.join(", ")));
    }
    if !words.is_empty() {
        words.insert(0, "Only a part".to_owned());
    }
    words
}

fn event(word: &str) -> Option<&'static str> {
    Some(match word {
        "started" => "Started",
        "signed_in" => "Signed in",
        "sign_in_refused" => "Sign-in refused",
        "signed_out" => "Signed out",
        "locked" => "Locked",
        "unlocked" => "Unlocked",
        "unlock_refused" => "Unlocking refused",
        "terminal_registered" => "Terminal registered",
        "administered" => "Administered",
        "searched" => "Searched",
        "grant_started" => "Viewing opened",
        "viewed" => "Shown",
        "identified" => "Identity recorded",
        "noted" => "Note added",
        "corrected" => "Reason corrected or note added",
        "grant_ended" => "Viewing ended",
        "grant_stopped" => "Viewing stopped",
        "refused" => "Refused",
        "source_refused" => "Source's answer refused",
        "prefetched" => "Fetched ahead (not shown)",
        "handoff_step" => "Handoff: step taken",
        "handoff_revealed" => "Handoff shown with identity",
        "ledger_read" => "Ledger read",
        "replayed" => "Record replayed",
        "case_opened" => "Case opened for review",
        "reviewed" => "Verdict",
        "debriefed" => "Patient told afterwards",
        "disclosed" => "Record of access disclosed",
        "list_taken" => "List taken over",
        "configured" => "Settings changed",
        "keys_erased" => "Keys erased",
        "keys_rewrapped" => "Keys wrapped anew",
        "other_ledger" => "State of the other ledger",
        "other_accepted" => "Loss in the other ledger accepted",
        _ => return None,
    })
}

fn more(count: usize) -> String {
    format!("+{count} more")
}

fn outside_window(count: usize) -> String {
    format!("{count} outside the window (normal view)")
}

fn withheld(count: usize) -> String {
    format!("{count} withheld")
}

fn stale(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{} min ago", minutes.max(0)),
        60..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}
