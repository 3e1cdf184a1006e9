//! Disclosure: a patient asks what was shown of him, or somebody who may ask for him.

use crate::domain::text::normalised;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// 1 本人
    Patient,
    /// 2 法定代理人
    Guardian,
    /// 3 任意代理人
    Delegate,
    /// 4 遺族
    Bereaved,
}

impl Asker {
    /// All, in the order of the form.
    pub const ALL: [Self; 4] = [
        Self::Patient,
        Self::Guardian,
        Self::Delegate,
        Self::Bereaved,
    ];

    /// The word in forms and entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Guardian => "guardian",
            Self::Delegate => "delegate",
            Self::Bereaved => "bereaved",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = normalised(word);
        Self::ALL.into_iter().find(|asker| asker.word() == word)
    }
}

/// How who asks was identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// マイナンバーカード
    IndividualNumberCard,
    /// 顔写真付きの公的書類 1点
    Photograph,
    /// 顔写真のない公的書類 2点
    TwoDocuments,
    /// 郵送：書類の写しと住民票
    ByMail,
}

impl Proof {
    /// All, in the order of the form.
    pub const ALL: [Self; 4] = [
        Self::IndividualNumberCard,
        Self::Photograph,
        Self::TwoDocuments,
        Self::ByMail,
    ];

    /// The word in forms and entries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::IndividualNumberCard => "individual_number_card",
            Self::Photograph => "photograph",
            Self::TwoDocuments => "two_documents",
            Self::ByMail => "by_mail",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = normalised(word);
        Self::ALL.into_iter().find(|proof| proof.word() == word)
    }
}

/// A request for disclosure, as it is recorded before anything is disclosed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquiry {
    /// Who asks.
    pub asker: Asker,
    /// How who asks was identified.
    pub proof: Proof,
    /// The name of who asks (personal).
    pub name: String,
    /// By what right somebody else asks: the document that was seen (personal).
    pub right: Option<String>,
    /// Whether it is handed over as a table instead of a page.
    pub as_table: bool,
}
