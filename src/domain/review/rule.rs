//! The table of rules: what each needs, its threshold, whether it is on, and its own words.

use std::collections::BTreeMap;

/// One rule that may flag a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The patient does not exist: nobody has a reason to look.
    Decoy,
    /// The patient is who looked.
    OwnRecord,
    /// The patient is on the sealed list.
    Protected,
    /// The patient works here.
    Colleague,
    /// The patient has the family name and the town of who looked.
    SameFamilyAndTown,
    /// The patient had objected.
    ObjectionOverridden,
    /// A sealed emergency account was used.
    SealedAccount,
    /// Who looked had opened the same patient weeks before.
    AgainAfterWeeks,
    /// Many searches after which nobody was opened.
    Trawling,
    /// The patient was not registered in the hospital.
    NoArrival,
    /// Who looked was not on duty.
    OffDuty,
    /// More cases than this account usually has.
    AboveBaseline,
    /// Many cases one right after the other.
    InQuickSuccession,
    /// It was the wrong patient.
    WrongPatient,
    /// The identity rests on belongings, or on nothing.
    PossessionOnly,
    /// Somebody vouched for the terminal or the second factor.
    Vouched,
    /// The account's factors had been set on an administrator's link shortly before.
    FactorsReset,
    /// A delegate gave the permission.
    Delegated,
    /// A terminal that this account never used.
    StrangeTerminal,
    /// 災害 as the reason, and none declared.
    DisasterNotDeclared,
    /// その他 as the reason.
    OtherReason,
    /// The clock was moved while it was open.
    ClockStep,
}

/// What a threshold counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The rule has none.
    None,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
    /// How many times as much.
    Times,
    /// A number of things.
    Count,
    /// Seconds.
    Seconds,
}

/// What a list that a hospital hands over is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Registrations of patients.
    Arrivals,
    /// Who was on duty when.
    Duty,
    /// Who works here.
    Staff,
    /// Whom to look after with particular care.
    Protected,
    /// Patients that do not exist.
    Decoys,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 5] = [
        Self::Arrivals,
        Self::Duty,
        Self::Staff,
        Self::Protected,
        Self::Decoys,
    ];

    /// The word in entries and in names of files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Arrivals => "arrivals",
            Self::Duty => "duty",
            Self::Staff => "staff",
            Self::Protected => "protected",
            Self::Decoys => "decoys",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl Rule {
    /// All rules, the gravest first.
    pub const ALL: [Self; 22] = [
        Self::Decoy,
        Self::OwnRecord,
        Self::Protected,
        Self::Colleague,
        Self::SameFamilyAndTown,
        Self::ObjectionOverridden,
        Self::SealedAccount,
        Self::AgainAfterWeeks,
        Self::Trawling,
        Self::NoArrival,
        Self::OffDuty,
        Self::AboveBaseline,
        Self::InQuickSuccession,
        Self::WrongPatient,
        Self::PossessionOnly,
        Self::Vouched,
        Self::FactorsReset,
        Self::Delegated,
        Self::StrangeTerminal,
        Self::DisasterNotDeclared,
        Self::OtherReason,
        Self::ClockStep,
    ];

    /// The word in configuration and addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Decoy => "decoy",
            Self::OwnRecord => "own_record",
            Self::Protected => "protected",
            Self::Colleague => "colleague",
            Self::SameFamilyAndTown => "same_family_and_town",
            Self::ObjectionOverridden => "objection_overridden",
            Self::SealedAccount => "sealed_account",
            Self::AgainAfterWeeks => "again_after_weeks",
            Self::Trawling => "trawling",
            Self::NoArrival => "no_arrival",
            Self::OffDuty => "off_duty",
            Self::AboveBaseline => "above_baseline",
            Self::InQuickSuccession => "in_quick_succession",
            Self::WrongPatient => "wrong_patient",
            Self::PossessionOnly => "possession_only",
            Self::Vouched => "vouched",
            Self::FactorsReset => "factors_reset",
            Self::Delegated => "delegated",
            Self::StrangeTerminal => "strange_terminal",
            Self::DisasterNotDeclared => "disaster_not_declared",
            Self::OtherReason => "other_reason",
            Self::ClockStep => "clock_step",
        }
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.word() == word)
    }

    /// How grave it is, from 1 to 3: among equally explained cases the graver come first.
    #[must_use]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Decoy | Self::OwnRecord | Self::Protected => 3,
            Self::Colleague
            | Self::SameFamilyAndTown
            | Self::ObjectionOverridden
            | Self::SealedAccount
            | Self::AgainAfterWeeks
            | Self::Trawling
            | Self::NoArrival => 2,
            Self::OffDuty
            | Self::AboveBaseline
            | Self::InQuickSuccession
            | Self::WrongPatient
            | Self::PossessionOnly
            | Self::Vouched
            | Self::FactorsReset
            | Self::Delegated
            | Self::StrangeTerminal
            | Self::DisasterNotDeclared
            | Self::OtherReason
            | Self::ClockStep => 1,
        }
    }

    /// The list without which nothing can be said.
    #[must_use]
    pub const fn needs(self) -> Option<Kind> {
        match self {
            Self::Decoy => Some(Kind::Decoys),
            Self::Protected => Some(Kind::Protected),
            Self::Colleague | Self::SameFamilyAndTown => Some(Kind::Staff),
            Self::NoArrival => Some(Kind::Arrivals),
            Self::OffDuty => Some(Kind::Duty),
            Self::OwnRecord
            | Self::ObjectionOverridden
            | Self::SealedAccount
            | Self::AgainAfterWeeks
            | Self::Trawling
            | Self::AboveBaseline
            | Self::InQuickSuccession
            | Self::WrongPatient
            | Self::PossessionOnly
            | Self::Vouched
            | Self::FactorsReset
            | Self::Delegated
            | Self::StrangeTerminal
            | Self::DisasterNotDeclared
            | Self::OtherReason
            | Self::ClockStep => None,
        }
    }

    /// What its threshold counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::OffDuty => Unit::Minutes,
            Self::NoArrival => Unit::Hours,
            Self::AgainAfterWeeks => Unit::Days,
            Self::AboveBaseline => Unit::Times,
            Self::StrangeTerminal | Self::Trawling => Unit::Count,
            Self::ClockStep => Unit::Seconds,
            Self::Decoy
            | Self::OwnRecord
            | Self::Protected
            | Self::Colleague
            | Self::SameFamilyAndTown
            | Self::ObjectionOverridden
            | Self::SealedAccount
            | Self::InQuickSuccession
            | Self::WrongPatient
            | Self::PossessionOnly
            | Self::Vouched
            | Self::FactorsReset
            | Self::Delegated
            | Self::DisasterNotDeclared
            | Self::OtherReason => Unit::None,
        }
    }

    /// Its threshold where none is configured; 0 where it has none.
    const fn threshold(self) -> u32 {
        match self {
            // A shift begins before the roster says so, and ends after; a clock drifts by seconds.
            Self::OffDuty | Self::ClockStep => 60,
            Self::NoArrival => 24,
            Self::AgainAfterWeeks => 14,
            Self::AboveBaseline => 3,
            // So many sign-ins make a habit.
            Self::StrangeTerminal => 10,
            // Somebody mistypes, somebody is told another name: not five times in two hours.
            Self::Trawling => 5,
            Self::Decoy
            | Self::OwnRecord
            | Self::Protected
            | Self::Colleague
            | Self::SameFamilyAndTown
            | Self::ObjectionOverridden
            | Self::SealedAccount
            | Self::InQuickSuccession
            | Self::WrongPatient
            | Self::PossessionOnly
            | Self::Vouched
            | Self::FactorsReset
            | Self::Delegated
            | Self::DisasterNotDeclared
            | Self::OtherReason => 0,
        }
    }
}

/// One rule as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Whether it flags anything.
    pub on: bool,
    /// Its threshold, in its unit.
    pub threshold: u32,
    /// A name in place of its own, in Japanese and English.
    pub name: Option<[String; 2]>,
    /// A sentence in place of its own, in Japanese and English.
    pub sentence: Option<[String; 2]>,
}

impl Setting {
    const fn of(rule: Rule) -> Self {
        Self {
            on: true,
            threshold: rule.threshold(),
            name: None,
            sentence: None,
        }
    }
}

/// All rules as they are configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table(BTreeMap<Rule, Setting>);

impl Default for Table {
    fn default() -> Self {
        Self(
            Rule::ALL
                .into_iter()
                .map(|rule| (rule, Setting::of(rule)))
                .collect(),
        )
    }
}

impl Table {
    /// One rule's setting.
    #[must_use]
    pub fn of(&self, rule: Rule) -> Setting {
        self.get(rule).cloned().unwrap_or_else(|| Setting::of(rule))
    }

    pub(super) fn get(&self, rule: Rule) -> Option<&Setting> {
        self.0.get(&rule)
    }

    /// Changes one rule's setting.
    pub fn set(&mut self, rule: Rule, setting: Setting) {
        self.0.insert(rule, setting);
    }

    /// Whether a rule flags anything.
    #[must_use]
    pub fn is_on(&self, rule: Rule) -> bool {
        self.get(rule).is_some_and(|setting| setting.on)
    }

    pub(super) fn threshold(&self, rule: Rule) -> i64 {
        self.get(rule).map_or(0, |setting| setting.threshold.into())
    }
}
