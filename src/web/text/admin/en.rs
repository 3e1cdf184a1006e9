//! English.

use crate::access::admin::{Flaw, Matcher};

use super::{
    super::factors::EN as FACTORS, Accounts, Admin, Disaster, Enrol, Overview, Permissions, Sealed,
    Terminals,
};

/// The English words.
pub(in crate::web::text) const ADMIN: Admin = Admin {
    pages: "Administration",
    overview: Overview {
        title: "Administration",
        accounts: |active, disabled| format!("{active} in use, {disabled} disabled"),
        ending: "Emergency permissions that end within 14 days",
        ending_none: "No emergency permission ends within 14 days.",
        unused: |count| format!("Emergency permissions unused for 90 days: {count}"),
        terminals: |count| format!("Terminals that can be used: {count}"),
        delegates: "Responsible for the night now",
        delegates_none: "Nobody is named responsible for the night now.",
        disaster_on: |area, until| format!("Disaster: on ({area}, until {until})"),
        disaster_off: "Disaster: off",
        sealed: |waiting, ready| format!("{waiting} to be confirmed, {ready} in envelopes"),
        sealed_used: |times| {
            format!(
                "A sealed emergency account was used ({times}). Find out who opened the envelope and why, and make a new one."
            )
        },
    },
    accounts: Accounts {
        title: "Accounts",
        one: "Account",
        filter: "Filter",
        name: "Name",
        sign_in: "Staff ID",
        sign_in_hint: "A staff ID has 1 to 64 characters, without spaces and colons.",
        role: "Role",
        all: "All",
        active: "In use",
        disabled: "Disabled",
        permission: "Emergency permission",
        used: "Last emergency look",
        nobody: "Nobody matches.",
        found: |all, listed| {
            if all == listed {
                format!("{all} found")
            } else {
                format!("{listed} of {all} are shown. Type more of the name.")
            }
        },
        add: "Add an account",
        add_hint: "You get a link that works once. Its holder sets password and authenticator app, or a passkey, there himself.",
        add_submit: "Add and make the link",
        link_title: "Link to set up the account",
        link_for: |name, sign_in| format!("Give it to {name} (staff ID: {sign_in})."),
        link_hint: "It works once. Show it to nobody else. A newer link makes this one worthless.",
        link_picture: "QR code of the link",
        to_account: "To the account",
        disable: "Disable the account",
        disable_hint: "It can sign in no more; its sessions and open patients end. What it did stays recorded.",
        enable: "Enable the account",
        enable_hint: "It signs in with the password and authenticators that it had.",
        reset: "Make a new link",
        reset_hint: "Where password or authenticators are lost. What there is goes on until the link is used.",
        sessions: |count| format!("Signed in: {count}"),
        sign_out: "Sign out everywhere",
        sign_out_hint: "Every session ends, and every open patient with it.",
        remove: "Remove",
        remove_hint: "For an authenticator that was lost. Every session of the account ends.",
        remove_needed_hint: "Without it this person cannot sign in with what is left, and needs a one-time link. Every sign-in ends.",
        not_set_up: "Neither password nor authenticator: this person cannot sign in. The link that was handed over was not used yet, or its 24 hours are over. Make a new one where it is needed.",
        password_alone: "No authenticator: this person cannot sign in alone (once by a colleague's word, for 30 minutes). Make a new link and hand it over.",
        codes_alone: "No password, and only an authenticator app is left: this person cannot sign in. Make a new link and hand it over.",
        authenticators: "Authenticators",
        history: "History of the emergency permission",
        created: "Made",
        sealed: "This is a sealed emergency account. It cannot be changed.",
        back: "To the accounts",
    },
    permissions: Permissions {
        title: "Emergency permission",
        holders: "Who has the permission",
        given_by: "Given by",
        delegated: "given by who was responsible for the night",
        give: "Give or extend",
        give_hint: "Not to yourself. The last day is within three years.",
        give_submit: "Give or extend",
        give_hours: "Give for hours",
        give_hours_hint: "1 to 24 hours from now. Not to yourself.",
        to_whom: "Account",
        last_day: "Last day",
        hours: "Hours",
        hour: |hours| format!("{hours} h"),
        revoke: "Revoke",
        revoke_of: |name| format!("Revoke the permission of {name}"),
        revoke_hint: "The emergency permission is revoked. Sessions and open records end at once, and words, codes and links that this person gave and nobody used are worth nothing.",
        unused: "Unused for 90 days",
        unused_hint: "Revoke what is not needed. Sessions and open patients of that account end.",
        unused_since: "Last used (else given)",
        delegation: "Responsible for the night",
        delegation_hint: "Whoever is named may give colleagues of this facility (not himself) the permission for up to 24 hours. It lasts 1 to 24 hours. Where it is ended before, what was given under it is taken back.",
        delegate: "Name",
        end_delegation: "End it",
        end_delegation_hint: "The delegation ends, and permissions given under it are revoked: their holders' sessions and open records end.",
    },
    terminals: Terminals {
        title: "Terminals",
        name: "Name",
        location: "Location",
        kind: "Known by",
        ends: |date| format!(" (ends {date})"),
        kinds: |matcher| match matcher {
            Matcher::Cookie => "registration code",
            Matcher::Certificate => "client certificate",
            Matcher::Range => "address range",
        },
        idle_lock: "Locks after",
        seconds: |seconds| {
            if seconds % 60 == 0 {
                format!("{} min", seconds / 60)
            } else {
                format!("{seconds} s")
            }
        },
        registered: "Registered",
        revoke: "Revoke",
        revoke_hint: "Its sessions end, and it cannot be used before it is registered again.",
        over: "Over",
        in_use: "In use",
        add: "Register a terminal",
        add_hint: "Make a code and type it in that terminal's browser under \"Register this terminal\". It works once within 30 minutes.",
        add_submit: "Make a code",
        add_known: "Register by certificate or address range",
        add_known_hint: "For terminals that keep no cookie. A certificate's verified name, or a range such as 10.1.2.0/24 (at widest /16, or /48 of IPv6). It can be used at once.",
        device: "Certificate's name or address range",
        taken: |name, by| format!("Registered already: {name} ({by})"),
        code_title: "Registration code",
        code_hint: "Open this page in the terminal's browser and type the code: ",
        back: "To the terminals",
    },
    disaster: Disaster {
        title: "Disaster",
        effect: "While it is on, reason \"5 Disaster, mass casualties\" opens a patient without a further question, and frequent use is not asked about. Everything is recorded and reviewed.",
        area: "Area, event",
        until: "Last day",
        set: "Switch on",
        clear: "Switch off",
    },
    sealed: Sealed {
        title: "Sealed emergency accounts",
        hint: "Two administrators make one; it is printed once and kept in an envelope. It works once, for 12 hours; its use is recorded and ends it.",
        id: "Id",
        proposed: "Proposed",
        confirmed: "Confirmed",
        used: "Used",
        waiting: "Another administrator must confirm",
        waiting_own: "Whoever proposed it cannot confirm it",
        propose: "Propose a new one",
        confirm: "Confirm and print",
        confirm_hint: "Staff ID, password and code are shown once. Have the printer ready.",
        sheet: "Emergency account (keep in an envelope)",
        sheet_hint: "This is never shown again. Print it now and seal it in an envelope.",
        sheet_use: "How to use it: enter staff ID and password on the sign-in page, and the code as the one-time code. It works once, for 12 hours.",
        code: "Code",
        made: "Made at",
        back: "It is in the envelope (back to the list)",
    },
    enrol: Enrol {
        title: "Set up your account",
        hint: "Choose a new password and register an authenticator app. This link works once.",
        password_hint: "8 to 256 characters. Longer is safer; any characters will do.",
        password: "New password",
        again: "New password, again",
        submit: "Finish",
        over_title: "This link cannot be used",
        over: "It was used, is too old or is not right. Ask an administrator for a new one.",
        done_title: "Your account is ready",
        done: "Sign in with the new password and the app. Passkeys can be added afterwards under \"My authenticators and password\".",
        done_by_passkey: "Sign in with the passkey. A password and an app can be set afterwards under \"My authenticators and password\".",
        passkey_title: "Or set up a passkey alone",
        passkey_body: "Sign in with the finger, face or PIN of this device or of a security key, in place of password and app. A former password opens nothing any more.",
        by_passkey: "Register a passkey and finish",
        to_sign_in: "To the sign-in page",
    },
    done,
    flaw,
    taken: "That staff ID is in use. Choose another.",
    recorded: "Every change is recorded before it is made.",
    once: "This is shown only now.",
    until: " (last day)",
    ends: "Ends",
    when: "When",
    state: "State",
    change: "Change",
    do_it: "Do it",
    choose: "Choose",
    none: "None.",
    revoked: "Revoked",
    console: "command line",
};

fn done(word: &str) -> Option<&'static str> {
    Some(match word {
        "disabled" => "The account is disabled.",
        "enabled" => "The account is enabled.",
        "signed_out" => "The account is signed out everywhere.",
        "removed" => "The authenticator is removed.",
        "given" => "The emergency permission is given.",
        "revoked" => "The emergency permission is revoked.",
        "delegated" => "The account is named responsible for the night.",
        "undelegated" => "The account is no longer responsible for the night.",
        "changed" => "The terminal is changed.",
        "terminal_revoked" => "The terminal is revoked.",
        "terminal_added" => "The terminal is registered.",
        "disaster_set" => "Disaster is switched on.",
        "disaster_cleared" => "Disaster is switched off.",
        "proposed" => "The emergency account is proposed. Another administrator confirms it.",
        _ => return None,
    })
}

fn flaw(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::NameMissing | Flaw::NameTooLong => "Enter names of 1 to 120 characters.",
        Flaw::NameUnreadable => "A name holds characters that cannot be used.",
        Flaw::SignIn => "A staff ID has 1 to 64 characters, without spaces and colons.",
        Flaw::FacilityNumber => "A facility's number has 10 digits.",
        Flaw::Role => "This role cannot have it.",
        Flaw::Himself => "Not for yourself: another administrator must do it.",
        Flaw::InPast => "The last day is over. Choose today or later.",
        Flaw::DisasterTooLong => "Choose a last day within 14 days. If it goes on, set it again.",
        Flaw::TooFar => "Choose a last day within three years.",
        Flaw::Day => "Enter a day such as 2026-11-22.",
        Flaw::RoleMissing => "Choose a role.",
        Flaw::Hours => "Choose 1 to 24 hours.",
        Flaw::AlreadyLonger => "The permission there is lasts longer.",
        Flaw::IdleLock => "The lock comes after 30 to 900 seconds.",
        Flaw::Certificate => {
            "Enter the certificate's name such as cart-7.ward.example: letters, digits, hyphens and points."
        }
        Flaw::Known => "Choose how the terminal is known: by client certificate or address range.",
        Flaw::KnownAlready => {
            "A terminal with this certificate name, or with addresses of this range, is registered already."
        }
        Flaw::Range => "Enter a range such as 10.1.2.0/24.",
        Flaw::RangeTooWide => "The address range is too wide. At widest /16, or /48 of IPv6.",
        Flaw::Disabled => "The account is disabled. Enable it first.",
        Flaw::Vouched => {
            "You signed in by a colleague's word: nothing can be changed. Sign in with your own second factor, or ask an administrator for a new link."
        }
        Flaw::Sealed => "A sealed emergency account cannot be changed.",
        Flaw::NotIndependent => {
            "It cannot be confirmed: one of the two made the other's account, or a link for it, in the last 30 days. Another administrator must confirm it."
        }
        Flaw::NotToConfirm => {
            "It cannot be confirmed: another administrator must have proposed it, and nobody confirmed it yet."
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
