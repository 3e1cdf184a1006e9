//! What is said outside of emergency grants: that something happened, and under which reference it
//! is found. Never who looked, and never at whom.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    access::{FacilityId, NodeId},
    clock::japanese_time,
    section::Language,
};

/// How long a case may wait for a verdict before that is said outside.
pub const REVIEW_DUE: TimeDelta = TimeDelta::hours(72);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Somebody broke glass.
    Opened,
    /// The record of a patient that does not exist was opened.
    Decoy,
    /// A sealed emergency account was opened.
    Sealed,
    /// Nobody judged a case within [`REVIEW_DUE`].
    Overdue,
}

impl What {
    /// All.
    pub const ALL: [Self; 4] = [Self::Opened, Self::Decoy, Self::Sealed, Self::Overdue];

    /// The word in notices and their keys.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Decoy => "decoy",
            Self::Sealed => "sealed",
            Self::Overdue => "overdue",
        }
    }

    /// One sentence.
    #[must_use]
    pub const fn sentence(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Opened, Language::Ja) => "救急時閲覧がありました。",
            (Self::Opened, Language::En) => "There was an emergency access.",
            (Self::Decoy, Language::Ja) => "おとり患者の記録が救急時閲覧で開かれました。",
            (Self::Decoy, Language::En) => {
                "The record of a decoy patient was opened by emergency access."
            }
            (Self::Sealed, Language::Ja) => "封印アカウントが開封され、使われました。",
            (Self::Sealed, Language::En) => "A sealed emergency account was opened and used.",
            (Self::Overdue, Language::Ja) => "救急時閲覧が、72時間を過ぎても審査されていません。",
            (Self::Overdue, Language::En) => {
                "An emergency access has not been reviewed within 72 hours."
            }
        }
    }
}

/// One notice. Made from the same entry it is the same, byte for byte: whoever gets it twice can
/// tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The same whenever the same is said again; letters, digits and hyphens.
    pub key: String,
    /// What happened.
    pub what: What,
    /// Where.
    pub facility: FacilityId,
    /// Under what an auditor finds it: a receipt, else the place of the entry.
    pub reference: String,
    /// When what it is about happened.
    pub at: DateTime<Utc>,
}

impl Notice {
    /// Of an entry that was written at an instant.
    #[must_use]
    pub fn of(
        what: What,
        facility: &FacilityId,
        (node, seq): (&NodeId, u64),
        receipt: Option<&str>,
        at: DateTime<Utc>,
    ) -> Self {
        // A ledger that was begun anew has other instants at its places.
        let instant = at.format("%Y%m%dT%H%M%S%6f");
        let place = format!("{}-{seq}", node.0);
        Self {
            key: format!("{place}-{instant}-{}", what.word()),
            what,
            facility: facility.clone(),
            reference: receipt.map_or(place, str::to_owned),
            at,
        }
    }

    /// In a few lines of one language.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let said = self.what.sentence(language);
        let at = japanese_time(self.at).format("%Y-%m-%d %H:%M");
        let (reference, facility) = (&self.reference, &self.facility.0);
        match language {
            Language::Ja => format!(
                "{said}\n受付番号：{reference}\n施設：{facility}\n日時：{at}（日本時間）\n\
                 内容は、監査の画面でこの番号を照会してください。"
            ),
            Language::En => format!(
                "{said}\nReference: {reference}\nFacility: {facility}\nTime: {at} (Japan)\n\
                 Look the reference up on the auditor's pages."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(what: What, receipt: Option<&str>) -> Notice {
        let place = (&NodeId("n-1".to_owned()), 12);
        let at = "2026-11-22T23:05:06.789Z".parse().unwrap();
        Notice::of(what, &FacilityId("h1".to_owned()), place, receipt, at)
    }

    #[test]
    fn the_same_entry_gives_the_same_key_and_another_matter_another_one() {
        let keys: Vec<String> = What::ALL.map(|what| notice(what, None).key).to_vec();
        assert_eq!(keys.first().unwrap(), "n-1-12-20261122T230506789000-opened");
        let different: std::collections::BTreeSet<&String> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
        assert_eq!(
            notice(What::Decoy, Some("1")),
            notice(What::Decoy, Some("1"))
        );
    }

    #[test]
    fn the_reference_is_the_receipt_where_there_is_one() {
        assert_eq!(notice(What::Sealed, None).reference, "n-1-12");
        let text = notice(What::Opened, Some("1234-5678-9012")).text(Language::Ja);
        assert!(
            text.contains("1234-5678-9012") && text.contains("2026-11-23 08:05"),
            "{text}"
        );
    }
}
