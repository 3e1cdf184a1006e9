//! Patient.

use super::{
    datatype::words,
    node::Node,
    person::{names, written},
};
use crate::domain::patient::{
    Contact, Death, MEMBER_NUMBER_SYSTEM, PUBLIC_PAYER_SYSTEM, Patient, Sex,
};

/// Who the patient is. Never taken from the narrative.
pub(super) fn read(node: &Node<'_>) -> Patient {
    let names = names(node);
    let (address, town) = address(node);
    Patient {
        name: names.official,
        kana: names.kana,
        usual_name: names.usual,
        latin: names.latin,
        sex: sex(node),
        birth_date: node.date("birthDate"),
        address,
        town,
        identifiers: node.identifiers("identifier"),
        death: death(node),
        contacts: contacts(node),
        insurers: insurers(node),
    }
}

/// Who gave the insurance numbers, as far as the identifiers say.
fn insurers(node: &Node<'_>) -> Vec<String> {
    node.objects("identifier")
        .iter()
        .filter(|identifier| {
            identifier.text("system").is_some_and(|system| {
                system == MEMBER_NUMBER_SYSTEM || system == PUBLIC_PAYER_SYSTEM
            })
        })
        .filter_map(|identifier| identifier.object("assigner")?.text("display"))
        .collect()
}

fn sex(node: &Node<'_>) -> Option<Sex> {
    match node.word("gender")?.as_str() {
        "male" => Some(Sex::Male),
        "female" => Some(Sex::Female),
        "other" => Some(Sex::Other),
        "unknown" => Some(Sex::Unknown),
        _ => {
            node.problem("gender", "not one of male, female, other, unknown");
            None
        }
    }
}

fn death(node: &Node<'_>) -> Option<Death> {
    let said = node.truth("deceasedBoolean");
    if node.has("deceasedDateTime") {
        if said == Some(false) {
            node.problem("deceasedBoolean", "contradicts deceasedDateTime");
        }
        // A date that cannot be read still says that there is one.
        return Some(
            node.date("deceasedDateTime")
                .map_or(Death::Recorded, Death::On),
        );
    }
    (said == Some(true)).then_some(Death::Recorded)
}

fn address(node: &Node<'_>) -> (Option<String>, Option<String>) {
    let addresses = node.objects("address");
    let rank = |address: &&Node<'_>| match address.word("use").as_deref() {
        Some("home") => 0,
        Some("old") => 2,
        _ => 1,
    };
    let Some(address) = addresses.iter().min_by_key(rank) else {
        return (None, None);
    };
    // Some senders put the prefecture's number here.
    let state = address
        .text("state")
        .filter(|state| !state.bytes().all(|b| b.is_ascii_digit()));
    let city = address.text("city");
    let town = format!("{}{}", state.unwrap_or_default(), city.unwrap_or_default());
    let line = address.text("text").or_else(|| {
        let parts = format!(
            "{town}{}{}",
            address.text("district").unwrap_or_default(),
            address.texts("line").join(" ")
        );
        Some(parts).filter(|parts| !parts.is_empty())
    });
    (line, Some(town).filter(|town| !town.is_empty()))
}

fn telephones(node: &Node<'_>, who: Option<&str>) -> Vec<Contact> {
    node.objects("telecom")
        .iter()
        .filter(|point| {
            matches!(
                point.word("system").as_deref(),
                None | Some("phone" | "sms")
            )
        })
        .filter_map(|point| {
            Some(Contact {
                who: who.map(str::to_owned),
                telephone: point.text("value")?,
                former: point.word("use").as_deref() == Some("old"),
                until: point.period("period").and_then(|period| period.end),
            })
        })
        .collect()
}

fn contacts(node: &Node<'_>) -> Vec<Contact> {
    let mut contacts = telephones(node, None);
    for contact in node.objects("contact") {
        let relationship = contact.concepts("relationship").iter().find_map(words);
        let name = contact.object("name").and_then(|name| written(&name));
        let who = match (name, relationship) {
            (Some(name), Some(relationship)) => format!("{name}（{relationship}）"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => String::new(),
        };
        contacts.extend(telephones(&contact, Some(&who)));
    }
    contacts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::date::Date;

    fn of(json: &str) -> (Patient, usize) {
        let node = Node::root(json).unwrap();
        (read(&node), node.problems().len())
    }

    #[test]
    fn every_way_of_recording_a_death_is_seen() {
        for (json, death, problems) in [
            (r#"{"deceasedBoolean":true}"#, Some(Death::Recorded), 0),
            (r#"{"deceasedBoolean":false}"#, None, 0),
            (
                r#"{"deceasedDateTime":"2025-04-23"}"#,
                Date::parse("2025-04-23").map(Death::On),
                0,
            ),
            (
                r#"{"deceasedDateTime":"yesterday"}"#,
                Some(Death::Recorded),
                1,
            ),
            (
                r#"{"deceasedBoolean":false,"deceasedDateTime":"2020"}"#,
                Some(Death::On(Date::Year(2020))),
                1,
            ),
        ] {
            let (patient, listed) = of(json);
            assert_eq!((patient.death, listed), (death, problems), "{json}");
        }
    }

    #[test]
    fn an_unknown_gender_and_an_impossible_birth_date_are_listed() {
        let (patient, listed) =
            of(r#"{"gender":"M","birthDate":"1930-13-01","name":[{"text":"牧野"}]}"#);
        assert_eq!(patient.name.as_deref(), Some("牧野"));
        assert_eq!((patient.sex, patient.birth_date, listed), (None, None, 2));
    }

    #[test]
    fn the_home_address_counts_and_a_prefecture_number_is_no_town() {
        let (patient, _) = of(
            r#"{"address":[{"use":"old","text":"旧"},{"use":"home","state":"14","city":"横浜市","line":["若葉4"]}]}"#,
        );
        assert_eq!(patient.address.as_deref(), Some("横浜市若葉4"));
        assert_eq!(patient.town.as_deref(), Some("横浜市"));
    }

    #[test]
    fn a_telephone_says_whether_it_is_still_in_use() {
        let (patient, _) = of(r#"{"telecom":[{"system":"phone","value":"1","use":"old"},
                           {"system":"phone","value":"2","period":{"end":"2020-01-01"}},{"value":"3"}]}"#);
        let seen: Vec<_> = patient
            .contacts
            .iter()
            .map(|contact| (contact.former, contact.until))
            .collect();
        let end = Date::parse("2020-01-01");
        assert_eq!(seen, [(true, None), (false, end), (false, None)]);
    }

    #[test]
    fn contacts_say_whose_number_it_is() {
        let (patient, _) = of(
            r#"{"telecom":[{"system":"phone","value":"03-1"},{"system":"email","value":"a@b"}],
                "contact":[{"name":{"text":"花子"},"relationship":[{"text":"妻"}],"telecom":[{"system":"phone","value":"03-2"}]},
                           {"telecom":[{"value":"03-3"}]}]}"#,
        );
        let seen: Vec<_> = patient
            .contacts
            .iter()
            .map(|contact| (contact.who.as_deref(), contact.telephone.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                (None, "03-1"),
                (Some("花子（妻）"), "03-2"),
                (Some(""), "03-3")
            ]
        );
    }
}
