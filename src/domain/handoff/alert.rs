//! Alerts suggested by what was entered, each with its rule and where the rule was published. A
//! suggestion, never a diagnosis: the crew may put it away. What was found of each threshold, and
//! where: `docs/handoff-alerts.md`.
//!
//! Reviewed by: (nobody yet)

use std::collections::BTreeSet;

use super::{AgeBand, Complaint, Doubt, Finding, Form, Mechanism, VitalSet, doubts, word::chosen};

chosen! {
    /// What a hospital calls its team for.
    AlertKind {
        CardiacArrest = "cardiac_arrest", "心停止", "Cardiac arrest";
        Stemi = "stemi", "STEMI", "STEMI";
        Stroke = "stroke", "脳卒中", "Stroke";
        Trauma = "trauma", "外傷", "Trauma";
        Sepsis = "sepsis", "敗血症", "Sepsis";
        Perinatal = "perinatal", "周産期", "Perinatal";
        Paediatric = "paediatric", "小児", "Paediatric";
    }
}

chosen! {
    /// Why an alert is suggested, in one sentence.
    Rule {
        NoPulse = "no_pulse", "脈が触れない、または脈拍0", "No pulse felt, or a pulse of 0";
        NoBreath = "no_breath", "反応がなく、呼吸がないか死戦期呼吸", "Unresponsive, and not breathing or gasping";
        StElevation = "st_elevation", "心電図でST上昇", "ST elevation in the ECG";
        Cpss = "cpss", "CPSS 1項目以上（顔・腕・ことば）", "CPSS: one or more of face, arm, speech";
        Thunderclap = "thunderclap", "突然の激しい頭痛", "Sudden worst headache";
        Injuries = "injuries", "外傷の解剖学的基準に該当", "An injury of the anatomical criteria";
        InjuredVitals = "injured_vitals", "外傷があり、生理学的基準に該当", "An injury, and vital signs of the physiological criteria";
        Energy = "energy", "高エネルギー受傷機転", "A mechanism of high energy";
        Qsofa = "qsofa", "感染が疑われ、qSOFA 2項目以上", "Infection suspected, and qSOFA of two or more";
        Birth = "birth", "陣痛・破水・分娩・妊娠中の異常", "Labour, waters broken, birth, or trouble in pregnancy";
        ChildPressure = "child_pressure", "小児の低血圧", "Hypotension of a child";
        ChildBreathing = "child_breathing", "小児の呼吸数 10未満または60超", "Breathing rate of a child below 10 or above 60";
        ChildComa = "child_coma", "小児の高度意識障害", "Deep impairment of consciousness of a child";
    }
}

impl Rule {
    /// What it suggests.
    #[must_use]
    pub const fn kind(self) -> AlertKind {
        match self {
            Self::NoPulse | Self::NoBreath => AlertKind::CardiacArrest,
            Self::StElevation => AlertKind::Stemi,
            Self::Cpss | Self::Thunderclap => AlertKind::Stroke,
            Self::Injuries | Self::InjuredVitals | Self::Energy => AlertKind::Trauma,
            Self::Qsofa => AlertKind::Sepsis,
            Self::Birth => AlertKind::Perinatal,
            Self::ChildPressure | Self::ChildBreathing | Self::ChildComa => AlertKind::Paediatric,
        }
    }

    /// Where it was published, or that nobody has found it published.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::NoPulse => "AHA Guidelines 2010, Part 5: Adult Basic Life Support",
            Self::NoBreath => "JRC蘇生ガイドライン2025 一次救命処置",
            Self::StElevation => "JRC急性冠症候群作業部会 (Circ Rep 2022;4:187)",
            Self::Cpss => "Cincinnati Prehospital Stroke Scale (Kothari 1999)",
            Self::Thunderclap => "慢性頭痛の診療ガイドライン くも膜下出血; ICHD-3 6.2.2",
            Self::Injuries => {
                "National Guideline for the Field Triage of Injured Patients (ACS COT 2021); PAT法"
            }
            Self::InjuredVitals => {
                "National Guideline for the Field Triage of Injured Patients (ACS COT 2021)"
            }
            Self::Energy => {
                "National Guideline for the Field Triage of Injured Patients (ACS COT 2021), moderate risk"
            }
            Self::Qsofa => {
                "qSOFA, Sepsis-3 (JAMA 2016;315:801); not as the only screen (SSC 2021, 2026)"
            }
            Self::Birth => "未確認 / unverified",
            Self::ChildPressure | Self::ChildBreathing => "Pediatric Advanced Life Support (AHA)",
            Self::ChildComa => {
                "GCS 8以下 (Teasdale), JCS 3桁; 小児の基準は未確認 / unverified for children"
            }
        }
    }
}

/// One suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alert {
    /// What for.
    pub kind: AlertKind,
    /// Why.
    pub rule: Rule,
    /// Where the rule was published.
    pub source: &'static str,
}

/// qSOFA: breaths a minute from here.
pub const QSOFA_BREATHING: u16 = 22;
/// qSOFA: systolic pressure up to here.
pub const QSOFA_SYSTOLIC: u16 = 100;
/// qSOFA: of three.
pub const QSOFA_ENOUGH: usize = 2;
/// What counts as a suspected infection where nobody said so, in tenths of a degree: our own choice,
/// no part of qSOFA.
pub const FEVER_TENTHS: u16 = 380;
/// What is no body temperature any more but a Fahrenheit reading, in tenths.
const NO_CELSIUS_TENTHS: u16 = 450;
/// Field triage: breaths a minute below here.
pub const INJURED_BREATHING_LEAST: u16 = 10;
/// Field triage: breaths a minute above here. The guideline says so of every age; here from seven
/// years, because smaller children breathe so fast in health.
pub const INJURED_BREATHING_MOST: u16 = 29;
/// Field triage: saturation on room air below here.
pub const INJURED_SATURATION: u16 = 90;
/// Field triage: systolic pressure below here, younger than [`INJURED_SYSTOLIC_OLD`].
pub const INJURED_SYSTOLIC: u16 = 90;
/// Field triage: systolic pressure below here, from 65 years; here from the sixties, so that nobody
/// of 65 is missed.
pub const INJURED_SYSTOLIC_OLD: u16 = 110;
/// Field triage: best movement of the Glasgow Coma Scale below here.
pub const INJURED_MOVEMENT: u8 = 6;
/// PALS: breaths a minute below here, at any age of a child.
pub const CHILD_BREATHING_LEAST: u16 = 10;
/// PALS: breaths a minute above here, at any age of a child.
pub const CHILD_BREATHING_MOST: u16 = 60;
/// Answers to pain only, or not at all.
pub const COMA_JCS: u16 = 100;
/// The same on the Glasgow Coma Scale: a sum up to here.
pub const COMA_GCS: u8 = 8;

/// The alerts that what was entered suggests, in the order of their kinds. Vital signs count as they
/// were known at each time: what was once so low stays told after it has risen.
#[must_use]
pub fn suggest(form: &Form) -> Vec<Alert> {
    let mut rules = BTreeSet::new();
    by_touch(form, &mut rules);
    let mut sets: Vec<VitalSet> = form.valid_vitals().map(believed).collect();
    sets.sort_by_key(|set| set.at);
    let mut known = None;
    for set in sets {
        let state = carried(known.as_ref(), &set);
        by_vitals(form, &state, &mut rules);
        known = Some(state);
    }
    let told = |rule: Rule| Alert {
        kind: rule.kind(),
        rule,
        source: rule.source(),
    };
    let mut alerts: Vec<Alert> = rules.into_iter().map(told).collect();
    alerts.sort();
    alerts
}

/// A set without what looks like a slip or another unit: no team is called for kPa.
fn believed(set: &VitalSet) -> VitalSet {
    let mut believed = set.clone();
    for doubt in doubts(set) {
        match doubt {
            Doubt::PressureUnit | Doubt::PressureSwapped => believed.systolic = None,
            Doubt::BreathingRange => believed.breathing = None,
            Doubt::PulseRange => believed.pulse = None,
            Doubt::SaturationRange => believed.spo2 = None,
            Doubt::PressureRange
            | Doubt::SaturationLow
            | Doubt::OxygenRange
            | Doubt::TemperatureUnit
            | Doubt::TemperatureRange
            | Doubt::GlucoseUnit
            | Doubt::GlucoseRange
            | Doubt::PupilRange
            | Doubt::Coma => {}
        }
    }
    believed
}

/// What is known at the time of `set`: its values, and older ones where it has none.
fn carried(before: Option<&VitalSet>, set: &VitalSet) -> VitalSet {
    let Some(before) = before else {
        return set.clone();
    };
    VitalSet {
        jcs: set.jcs.or(before.jcs.filter(|_| set.gcs.is_none())),
        gcs: set.gcs.or(before.gcs.filter(|_| set.jcs.is_none())),
        breathing: set.breathing.or(before.breathing),
        pulse: set.pulse.or(before.pulse),
        systolic: set.systolic.or(before.systolic),
        spo2: set.spo2.or(before.spo2),
        oxygen_tenths: if set.spo2.is_some() {
            set.oxygen_tenths
        } else {
            before.oxygen_tenths
        },
        temperature_tenths: set.temperature_tenths.or(before.temperature_tenths),
        ..set.clone()
    }
}

fn by_touch(form: &Form, rules: &mut BTreeSet<Rule>) {
    let found = |finding| form.findings.choices.contains(&finding);
    let any = |findings: &[Finding]| findings.iter().any(|finding| found(*finding));
    let complained = |complaint| form.complaint.choices.contains(&complaint);
    let mut tell = |rule, is_so: bool| {
        if is_so {
            rules.insert(rule);
        }
    };
    tell(Rule::NoPulse, found(Finding::NoPulse));
    tell(
        Rule::NoBreath,
        complained(Complaint::Unresponsive)
            && (found(Finding::NoBreath) || complained(Complaint::NotBreathing)),
    );
    tell(Rule::StElevation, found(Finding::StElevation));
    tell(
        Rule::Cpss,
        any(&[Finding::FaceDroop, Finding::ArmDrift, Finding::SpeechOff]),
    );
    tell(Rule::Thunderclap, found(Finding::WorstHeadache));
    tell(
        Rule::Injuries,
        any(&[
            Finding::OpenSkull,
            Finding::FlailChest,
            Finding::ChestWound,
            Finding::PenetratingTrunk,
            Finding::PelvisUnstable,
            Finding::LongBones,
            Finding::Amputation,
            Finding::SpinalParalysis,
        ]),
    );
    let high = [Mechanism::Ejected, Mechanism::Trapped, Mechanism::FellHigh];
    tell(
        Rule::Energy,
        high.iter()
            .any(|mechanism| form.mechanism.choices.contains(mechanism)),
    );
    tell(
        Rule::Birth,
        complained(Complaint::Labour)
            || complained(Complaint::Pregnancy)
            || any(&[Finding::WatersBroke, Finding::Crowning, Finding::Born]),
    );
}

fn by_vitals(form: &Form, set: &VitalSet, rules: &mut BTreeSet<Rule>) {
    let band = form.patient.age_band;
    let mut tell = |rule, is_so: bool| {
        if is_so {
            rules.insert(rule);
        }
    };
    tell(Rule::NoPulse, set.pulse == Some(0));
    tell(Rule::NoBreath, set.breathing == Some(0) && is_coma(set));
    tell(
        Rule::Qsofa,
        !band.is_some_and(AgeBand::is_child)
            && is_infected(form, set)
            && qsofa(set) >= QSOFA_ENOUGH,
    );
    tell(
        Rule::InjuredVitals,
        is_injured(form) && is_badly_injured(set, band),
    );
    if band.is_some_and(AgeBand::is_child) {
        let least = band.and_then(AgeBand::least_systolic);
        tell(
            Rule::ChildPressure,
            set.systolic
                .zip(least)
                .is_some_and(|(systolic, least)| systolic < least),
        );
        tell(
            Rule::ChildBreathing,
            set.breathing.is_some_and(|rate| {
                !(CHILD_BREATHING_LEAST..=CHILD_BREATHING_MOST).contains(&rate)
            }),
        );
        tell(Rule::ChildComa, is_coma(set));
    }
}

fn is_coma(set: &VitalSet) -> bool {
    set.jcs.is_some_and(|jcs| jcs.level() >= COMA_JCS)
        || set.gcs.is_some_and(|gcs| gcs.bounds().1 <= COMA_GCS)
}

fn is_infected(form: &Form, set: &VitalSet) -> bool {
    form.findings.choices.contains(&Finding::InfectionSuspected)
        || form.complaint.choices.contains(&Complaint::Fever)
        || set
            .temperature_tenths
            .is_some_and(|tenths| (FEVER_TENTHS..NO_CELSIUS_TENTHS).contains(&tenths))
}

/// How many of the three are met.
fn qsofa(set: &VitalSet) -> usize {
    [
        set.breathing.is_some_and(|rate| rate >= QSOFA_BREATHING),
        set.systolic
            .is_some_and(|systolic| systolic <= QSOFA_SYSTOLIC),
        set.is_impaired(),
    ]
    .into_iter()
    .filter(|is_met| *is_met)
    .count()
}

fn is_injured(form: &Form) -> bool {
    let is_violent = |mechanism: &Mechanism| {
        !matches!(
            mechanism,
            Mechanism::None
                | Mechanism::Heat
                | Mechanism::Cold
                | Mechanism::Choked
                | Mechanism::Bitten
                | Mechanism::Drowned
                | Mechanism::Hanged
                | Mechanism::SelfHarm
        )
    };
    form.complaint.choices.contains(&Complaint::Injury)
        || form.mechanism.choices.iter().any(is_violent)
}

fn is_badly_injured(set: &VitalSet, band: Option<AgeBand>) -> bool {
    let least = match band {
        Some(band) if band.is_child() => band.least_systolic().unwrap_or(INJURED_SYSTOLIC),
        Some(AgeBand::Sixties | AgeBand::Seventies | AgeBand::Eighties | AgeBand::Nineties) => {
            INJURED_SYSTOLIC_OLD
        }
        _ => INJURED_SYSTOLIC,
    };
    let is_small = matches!(
        band,
        Some(AgeBand::Newborn | AgeBand::Infant | AgeBand::Toddler)
    );
    let is_shocked = !band.is_some_and(AgeBand::is_child)
        && set
            .pulse
            .zip(set.systolic)
            .is_some_and(|(pulse, systolic)| pulse > systolic);
    let is_room_air = set.oxygen_tenths.is_none_or(|litres| litres == 0);
    // Who does not wake follows no command either; most crews give JCS only.
    set.gcs.is_some_and(|gcs| gcs.parts().2 < INJURED_MOVEMENT)
        || set.jcs.is_some_and(|jcs| jcs.level() >= COMA_JCS)
        || set.breathing.is_some_and(|rate| {
            rate < INJURED_BREATHING_LEAST || !is_small && rate > INJURED_BREATHING_MOST
        })
        || is_room_air && set.spo2.is_some_and(|spo2| spo2 < INJURED_SATURATION)
        || set.systolic.is_some_and(|systolic| systolic < least)
        || is_shocked
}

impl AgeBand {
    /// Under fifteen.
    #[must_use]
    pub const fn is_child(self) -> bool {
        matches!(
            self,
            Self::Newborn | Self::Infant | Self::Toddler | Self::Child
        )
    }

    /// PALS: a child's systolic pressure below here is hypotension, taken for the youngest of the
    /// band, so that a healthy child is never called ill.
    #[must_use]
    pub const fn least_systolic(self) -> Option<u16> {
        match self {
            Self::Newborn => Some(60),
            Self::Infant => Some(70),
            Self::Toddler => Some(72),
            Self::Child => Some(84),
            Self::Youth
            | Self::Twenties
            | Self::Thirties
            | Self::Forties
            | Self::Fifties
            | Self::Sixties
            | Self::Seventies
            | Self::Eighties
            | Self::Nineties => None,
        }
    }
}
