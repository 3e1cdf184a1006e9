//! What a page says of itself: which search it answers, where it goes on, whom its resources name.

use reqwest::Url;

use crate::domain::text::folded;

/// What the self link of an answer shows about whom it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// There is no self link.
    NoLink,
    /// There is one, and it lacks what was asked: the server ignored it.
    Lacks,
    /// It names something else than was asked.
    Other,
    /// It names exactly what was asked.
    Names,
}

/// What a search asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    /// Everything about one patient, `Patient/id`.
    About(&'a str),
    /// These parameters.
    With(&'a [(&'static str, String)]),
}

/// Reads the self link.
pub(super) fn proof(link: Option<&str>, base: &Url, asked: Asked<'_>) -> Proof {
    let Some(link) = link else {
        return Proof::NoLink;
    };
    let Ok(link) = base.join(link) else {
        return Proof::Lacks;
    };
    match asked {
        Asked::About(local) => proof_of_patient(&link, base, local),
        Asked::With(parameters) => parameters
            .iter()
            .map(|(name, value)| {
                let mut found = Proof::Lacks;
                for (key, sent) in link.query_pairs() {
                    if key == *name {
                        found = if folded(&sent) == folded(value) {
                            Proof::Names
                        } else {
                            Proof::Other
                        };
                    }
                }
                found
            })
            .min_by_key(|proof| match proof {
                Proof::Other => 0,
                Proof::Lacks | Proof::NoLink => 1,
                Proof::Names => 2,
            })
            .unwrap_or(Proof::Lacks),
    }
}

fn proof_of_patient(link: &Url, base: &Url, local: &str) -> Proof {
    let mut found = Proof::Lacks;
    for (key, sent) in link.query_pairs() {
        let name = key.split(':').next().unwrap_or_default();
        if name != "patient" && name != "subject" {
            continue;
        }
        let id = local.strip_prefix("Patient/").unwrap_or(local);
        if sent == id || names(&sent, base, local) {
            found = Proof::Names;
        } else {
            return Proof::Other;
        }
    }
    found
}

/// Whether `reference` leads to `local` (`Patient/id`) at this source: relative, or absolute below
/// its own base, with or without a version.
pub(super) fn names(reference: &str, base: &Url, local: &str) -> bool {
    let unversioned = reference
        .split_once("/_history/")
        .map_or(reference, |(resource, _)| resource);
    unversioned == local
        || unversioned
            .strip_prefix(base.as_str())
            .is_some_and(|relative| relative == local)
}

/// Where the chain goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Here.
    At(Url),
    /// To another host, or with credentials in it: never followed.
    Elsewhere,
}

/// Reads a next link; only the source's own origin is followed.
pub(super) fn next(link: &str, base: &Url) -> Next {
    match base.join(link) {
        Ok(url)
            if url.origin() == base.origin()
                && url.username().is_empty()
                && url.password().is_none() =>
        {
            Next::At(url)
        }
        Ok(_) | Err(_) => Next::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Next, Proof, names, next, proof};
    use reqwest::Url;

    fn base() -> Url {
        Url::parse("http://127.0.0.1:9000/fhir/").unwrap()
    }

    #[test]
    fn a_self_link_proves_only_the_patient_it_names() {
        for (link, expected) in [
            (None, Proof::NoLink),
            (
                Some("http://127.0.0.1:9000/fhir/Condition?patient=7"),
                Proof::Names,
            ),
            (
                Some("Condition?patient=Patient%2F7&_count=500"),
                Proof::Names,
            ),
            (Some("Condition?subject=Patient/7"), Proof::Names),
            (
                Some("Condition?patient=http://127.0.0.1:9000/fhir/Patient/7"),
                Proof::Names,
            ),
            (Some("Condition?patient=8"), Proof::Other),
            (Some("Condition?patient=7&patient=8"), Proof::Other),
            (Some("Condition?patient=7,8"), Proof::Other),
            (Some("Condition?patient=77"), Proof::Other),
            (Some("Condition?_count=500"), Proof::Lacks),
            (Some("Condition?patient.name=7"), Proof::Lacks),
            (Some("Condition"), Proof::Lacks),
        ] {
            assert_eq!(
                proof(link, &base(), Asked::About("Patient/7")),
                expected,
                "{link:?}"
            );
        }
    }

    #[test]
    fn every_parameter_asked_must_be_in_the_self_link() {
        let asked = [
            ("name", "ヤマダ タロウ".to_owned()),
            ("birthdate", "1960-04-01".to_owned()),
        ];
        for (link, expected) in [
            (
                "Patient?name=ヤマダ タロウ&birthdate=1960-04-01",
                Proof::Names,
            ),
            (
                "Patient?name=やまだたろう&birthdate=1960-04-01",
                Proof::Names,
            ),
            ("Patient?name=ヤマダ タロウ", Proof::Lacks),
            ("Patient?name=スズキ&birthdate=1960-04-01", Proof::Other),
        ] {
            assert_eq!(
                proof(Some(link), &base(), Asked::With(&asked)),
                expected,
                "{link}"
            );
        }
    }

    #[test]
    fn a_reference_leads_to_the_patient_only_at_the_same_source() {
        for (reference, expected) in [
            ("Patient/7", true),
            ("Patient/7/_history/2", true),
            ("http://127.0.0.1:9000/fhir/Patient/7", true),
            ("http://other/fhir/Patient/7", false),
            ("Patient/77", false),
            ("Group/7", false),
            ("", false),
        ] {
            assert_eq!(
                names(reference, &base(), "Patient/7"),
                expected,
                "{reference}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_link_whatever_leads_to_another_origin(link in "(https?:)?/{0,3}[a-z0-9:@.\\\\/?#%-]{0,40}") {
            if let Next::At(url) = next(&link, &base()) {
                proptest::prop_assert_eq!(url.origin(), base().origin());
                proptest::prop_assert!(url.username().is_empty() && url.password().is_none());
            }
        }

        #[test]
        fn no_other_patient_in_a_self_link_is_ever_proof(id in "[A-Za-z0-9.-]{1,10}") {
            let link = format!("Condition?patient={id}");
            let is_named = proof(Some(&link), &base(), Asked::About("Patient/7")) == Proof::Names;
            proptest::prop_assert_eq!(is_named, id == "7");
        }
    }

    #[test]
    fn a_next_link_to_another_host_is_not_followed() {
        for (link, here) in [
            ("http://127.0.0.1:9000/fhir?page=2", true),
            ("Condition?page=2", true),
            ("http://127.0.0.1:9001/fhir?page=2", false),
            ("https://127.0.0.1:9000/fhir?page=2", false),
            ("http://evil@127.0.0.1:9000/fhir?page=2", false),
            ("//example.org/fhir", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(matches!(next(link, &base()), Next::At(_)), here, "{link}");
        }
    }
}
