//! The fields of an entry that are not personal.

use chrono::SecondsFormat;

use super::{
    super::{
        access::{Grant, PatientKey},
        consent::Consent,
        review::Debrief,
    },
    Draft, Event, Ground, Object, Prefetch, Value, View, purpose_and_override, words,
};

/// Everything of a draft that may stand readable in the ledger: who, where, what, under which
/// grant and on what ground. Patient, search terms, typed names, notes, who judged and what was
/// shown are not among it: the ledger seals them. Node, clocks and receipt are the ledger's too.
///
/// `grant` is the grant that the event starts or happens under.
#[must_use]
pub fn clear_fields(draft: &Draft, grant: Option<&Grant>) -> Object {
    let mut fields = Object::default();
    if let Some(who) = &draft.who {
        fields.put("account", who.account.0.as_str());
        fields.put("role", who.role.word());
        fields.put("second_factor", words::second_factor(who.second_factor));
        let as_of = who.accounts_as_of;
        let as_of = as_of.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
        fields.put_some("accounts_as_of", as_of);
    }
    fields.put("facility", draft.facility.0.as_str());
    fields.put_some("terminal", draft.terminal.as_ref().map(|id| id.0.as_str()));
    fields.put_some("address", draft.address.map(|address| address.to_string()));
    fields.put_some("request", draft.request.as_ref().map(|id| id.0.as_str()));
    fields.put("event", draft.event.word());
    fields.put_some("grant", draft.event.grant().map(|id| id.0.as_str()));
    if let Some(grant) = grant {
        let (purpose, overriding) = purpose_and_override(grant.basis);
        fields.put("grant", grant.id.0.as_str());
        fields.put("basis", words::basis(grant.basis));
        fields.put("purpose", purpose);
        fields.put_some("override", overriding);
        fields.put_some("reason", grant.reason.map(words::reason));
    }
    let mut said = event_fields(&draft.event);
    if let (Event::Viewed(_), Some(grant)) = (&draft.event, grant) {
        put_ground(&mut said, grant);
    }
    fields.put_object("fields", said);
    fields
}

fn event_fields(event: &Event) -> Object {
    let mut fields = Object::default();
    match event {
        Event::Started { version } => fields.put("version", version.as_str()),
        Event::SignInRefused { why, name: _ }
        | Event::SignedOut { why }
        | Event::Locked { why } => fields.put("why", why.as_str()),
        Event::TerminalRegistered { name, location } => {
            fields.put("name", name.as_str());
            fields.put("location", location.as_str());
        }
        Event::Administered {
            what,
            whom,
            details,
        } => {
            fields.put("what", what.as_str());
            fields.put("whom", whom.as_str());
            fields.put("details", details.as_str());
        }
        Event::Searched {
            mode,
            hits,
            listed,
            asked: _,
        } => put_search(&mut fields, mode, *hits, listed),
        Event::GrantStarted(grant) => put_grant(&mut fields, grant),
        Event::Viewed(view) => put_view(&mut fields, view),
        Event::Identified { by, .. } => fields.put("identified_by", words::identified_by(*by)),
        Event::Corrected { reason, .. } => fields.put_some("reason", reason.map(words::reason)),
        Event::GrantEnded { end, grant: _ } => fields.put("end", end.word()),
        Event::Refused { what, why } => {
            fields.put("what", what.as_str());
            fields.put("why", why.as_str());
        }
        Event::SourceRefused { source, why } => {
            fields.put("source", source.word());
            fields.put("why", why.as_str());
        }
        Event::Prefetched(prefetch) => put_prefetch(&mut fields, prefetch),
        Event::HandoffStep { .. } | Event::HandoffRevealed { .. } => put_run(&mut fields, event),
        Event::Reviewed { .. }
        | Event::Debriefed { .. }
        | Event::Disclosed(_)
        | Event::ListTaken { .. } => put_of_review(&mut fields, event),
        Event::LedgerRead { .. }
        | Event::Replayed { .. }
        | Event::Configured { .. }
        | Event::KeysErased { .. }
        | Event::KeysRewrapped { .. }
        | Event::GrantStopped { .. }
        | Event::OtherLedger { .. }
        | Event::OtherAccepted { .. } => put_of_ledger(&mut fields, event),
        Event::SignedIn
        | Event::Unlocked
        | Event::UnlockRefused
        | Event::Noted { .. }
        | Event::CaseOpened { .. } => {}
    }
    fields
}

fn put_search(fields: &mut Object, mode: &str, hits: Option<usize>, listed: &[PatientKey]) {
    fields.put("mode", mode);
    fields.put_some("hits", hits);
    if !listed.is_empty() {
        let keys = listed.iter().map(|key| key.0.as_str().into());
        fields.put("listed", Value::List(keys.collect()));
    }
}

/// What was done with a handoff, or that it was shown.
fn put_run(fields: &mut Object, event: &Event) {
    if let Event::HandoffStep {
        handoff,
        step,
        hospitals,
        version,
        said: _,
    } = event
    {
        fields.put("handoff", handoff.0.as_str());
        fields.put("version", *version);
        fields.put("step", step.as_str());
        if !hospitals.is_empty() {
            let hospitals = hospitals.iter().map(|hospital| hospital.0.as_str().into());
            fields.put("hospitals", Value::List(hospitals.collect()));
        }
    } else if let Event::HandoffRevealed { handoff, version } = event {
        fields.put("handoff", handoff.0.as_str());
        fields.put("version", *version);
    }
}

/// What auditors said, and on what lists they rely.
fn put_of_review(fields: &mut Object, event: &Event) {
    if let Event::Reviewed { verdict, .. } = event {
        fields.put("verdict", verdict.word());
    } else if let Event::Debriefed { debrief, .. } = event {
        match debrief {
            Debrief::Told { on, .. } => {
                fields.put("told", Value::Boolean(true));
                fields.put("on", on.to_string());
            }
            Debrief::Not(why) => {
                fields.put("told", Value::Boolean(false));
                fields.put("why", why.word());
            }
        }
    } else if let Event::Disclosed(inquiry) = event {
        fields.put("asker", inquiry.asker.word());
        fields.put("proof", inquiry.proof.word());
        fields.put("as_table", Value::Boolean(inquiry.as_table));
    } else if let Event::ListTaken {
        kind,
        lines,
        digest,
        taken: _,
    } = event
    {
        fields.put("what", kind.word());
        fields.put("lines", *lines);
        fields.put("digest", digest.as_str());
    }
}

/// What concerns the ledger itself, its keys and its settings, and what stands in one ledger of two.
fn put_of_ledger(fields: &mut Object, event: &Event) {
    if let Event::LedgerRead { what } = event {
        fields.put("what", what.as_str());
    } else if let Event::Replayed { entry, values, .. } = event {
        fields.put("entry", *entry);
        fields.put("values", Value::Boolean(*values));
    } else if let Event::Configured { digest, changed } = event {
        fields.put("digest", digest.as_str());
        fields.put("changed", texts(changed));
    } else if let Event::KeysErased {
        cause, keys, whose, ..
    } = event
    {
        fields.put("cause", words::cause(*cause));
        fields.put("keys", texts(keys));
        fields.put_some("whose", whose.as_ref().map(|key| key.0.as_str()));
    } else if let Event::KeysRewrapped { keys } = event {
        fields.put("keys", *keys);
    } else if let Event::GrantStopped { end, .. } = event {
        fields.put("end", end.word());
    } else if let Event::OtherLedger {
        node,
        entries,
        head,
    } = event
    {
        fields.put("node", node.0.as_str());
        fields.put("entries", *entries);
        fields.put("head", head.as_str());
    } else if let Event::OtherAccepted {
        node,
        has,
        said,
        why,
    } = event
    {
        fields.put("node", node.0.as_str());
        fields.put_some("entries", has.as_ref().map(|(entries, _)| *entries));
        fields.put_some("head", has.as_ref().map(|(_, head)| head.as_str()));
        fields.put("said", *said);
        fields.put("why", why.as_str());
    }
}

fn texts(list: &[String]) -> Value {
    Value::List(list.iter().map(|text| text.as_str().into()).collect())
}

fn put_grant(fields: &mut Object, grant: &Grant) {
    put_ground(fields, grant);
    // Whether another person judged is no personal datum; who it was is sealed.
    fields.put(
        "judged_by_another",
        Value::Boolean(grant.judged_by.is_some()),
    );
    fields.put("span_s", grant.span.as_secs());
    if !grant.flags.is_empty() {
        let flags = grant.flags.iter().map(|flag| flag.word().into());
        fields.put("flags", Value::List(flags.collect()));
    }
    fields.put_some("renews", grant.renews.as_ref().map(|id| id.0.as_str()));
}

/// How the patient was found and identified, and what was consented to: every look says it for
/// itself, as it was then.
fn put_ground(fields: &mut Object, grant: &Grant) {
    fields.put("found_by", words::found_by(grant.found_by));
    fields.put_some(
        "identified_by",
        grant.identified_by.map(words::identified_by),
    );
    if let Some(consent) = &grant.consent {
        put_consent(fields, consent);
    }
}

/// Who took it is sealed.
fn put_consent(fields: &mut Object, consent: &Consent) {
    fields.put("consent_how", consent.how.word());
    let categories = consent.categories.iter().map(|one| one.word().into());
    fields.put("consent_categories", Value::List(categories.collect()));
}

fn put_prefetch(fields: &mut Object, prefetch: &Prefetch) {
    match &prefetch.ground {
        Ground::Grant(_) => fields.put("ground", "grant"),
        Ground::Consent { consent, taken_at } => {
            fields.put("ground", "consent");
            put_consent(fields, consent);
            let taken_at = taken_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            fields.put("consent_taken_at", taken_at);
        }
        Ground::Handoff(handoff) => {
            fields.put("ground", "handoff");
            fields.put("handoff", handoff.0.as_str());
        }
    }
    let sources = prefetch.sources.iter().map(|source| source.word().into());
    fields.put("sources", Value::List(sources.collect()));
}

fn put_view(fields: &mut Object, view: &View) {
    fields.put("method", words::method(view.method));
    fields.put("look", words::look(view.look));
    fields.put("language", words::language(view.language));
    fields.put("duration_ms", view.duration_ms);
    let sections = view.sections.iter().map(|(name, state, rows)| {
        Value::List(vec![
            name.word().into(),
            state.word().into(),
            (*rows).into(),
        ])
    });
    fields.put("sections", Value::List(sections.collect()));
    let sources = view.sources.iter().map(|(source, freshness)| {
        Value::List(vec![
            source.word().into(),
            words::freshness(*freshness).into(),
        ])
    });
    fields.put("sources", Value::List(sources.collect()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{access::FacilityId, handoff::HandoffId, section::SourceName};

    fn body(event: Event) -> String {
        let draft = Draft {
            who: None,
            facility: FacilityId("h1".to_owned()),
            terminal: None,
            address: None,
            request: None,
            person: None,
            event,
        };
        let body = clear_fields(&draft, None).to_body();
        String::from_utf8(body[1..].to_vec()).unwrap()
    }

    #[test]
    fn a_step_of_a_handoff_says_everything_but_what_was_typed_and_whom_it_is_about() {
        let handoff = HandoffId("5f".to_owned());
        let step = Event::HandoffStep {
            handoff: handoff.clone(),
            step: "ask".to_owned(),
            hospitals: vec![FacilityId("h2".to_owned()), FacilityId("h1".to_owned())],
            version: 3,
            said: "路上 花子".to_owned(),
        };
        assert_eq!(
            body(step),
            r#"{"event":"handoff_step","facility":"h1","fields":{"handoff":"5f","hospitals":["h2","h1"],"step":"ask","version":3}}"#
        );
        let revealed = Event::HandoffRevealed {
            handoff: handoff.clone(),
            version: 4,
        };
        assert_eq!(
            body(revealed),
            r#"{"event":"handoff_revealed","facility":"h1","fields":{"handoff":"5f","version":4}}"#
        );
        let ahead = Event::Prefetched(Box::new(Prefetch {
            ground: Ground::Handoff(handoff),
            sources: vec![SourceName::Emr],
        }));
        assert_eq!(
            body(ahead),
            r#"{"event":"prefetched","facility":"h1","fields":{"ground":"handoff","handoff":"5f","sources":["emr"]}}"#
        );
    }
}
