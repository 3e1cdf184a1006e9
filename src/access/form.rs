//! What forms hold, and what can be wrong with them.

/// The glass form.
#[derive(Clone, Debug, Default)]
pub struct Glass {
    /// The candidate's token.
    pub candidate: String,
    /// `emergency` (or `consented`).
    pub basis: String,
    /// Every value sent under the name `reason`: the text field first, then touch buttons.
    pub reasons: Vec<String>,
    /// The colleague's reason that stood beside the empty field; optional.
    pub prefilled: String,
    /// Who judged; needed from others than physicians.
    pub judged_by: String,
    /// Note; needed with reason 6.
    pub note: String,
    /// How identified; optional.
    pub identified_by: String,
    /// With a confirmation: the token of [`Error::Confirm`].
    pub confirm: String,
    /// With consent: how it was given.
    pub how: String,
    /// With consent: for what.
    pub categories: Vec<String>,
    /// With consent: who took it.
    pub taken_by: String,
}

/// Fields of forms that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Reason digit.
    Reason,
    /// Note.
    Note,
    /// Who judged.
    JudgedBy,
    /// How identified.
    IdentifiedBy,
    /// Insurer number.
    Insurer,
    /// Insurance number.
    Number,
    /// Name.
    Name,
    /// Birth date.
    BirthDate,
    /// Sex.
    Sex,
    /// Address.
    Address,
    /// Search mode.
    Mode,
    /// How the grant ends.
    End,
    /// How consent was given.
    How,
    /// For what consent was given.
    Categories,
    /// Who took the consent.
    TakenBy,
    /// A renewal.
    Renewal,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Nothing was given.
    Missing,
    /// It is not one of the possible values (a reason must be exactly one digit 1 to 6).
    NotOneOf,
    /// Two different values were given.
    Contradictory,
    /// Too long; the limit in characters.
    TooLong(usize),
    /// It cannot be read as what it should be.
    Unreadable,
    /// What a scanner typed is no number: the fields must be typed.
    Unscanned,
    /// The address does not begin with a prefecture.
    NoPrefecture,
    /// `identity` does not say the insurer's name: the address is needed.
    Uncheckable,
    /// It is not time for it yet.
    TooEarly,
    /// The day is still to come.
    InFuture,
}
