//! Vital signs that look like a slip or another unit. Said, never corrected, never refused. The
//! bounds are our own choice: no guideline names them.
//!
//! Reviewed by: (nobody yet)

use super::{Sign, VitalSet, word::chosen};

chosen! {
    /// What looks wrong, in one sentence.
    Doubt {
        BreathingRange = "breathing_range", "呼吸数が範囲外です", "The breathing rate is out of range";
        PulseRange = "pulse_range", "脈拍が範囲外です", "The pulse is out of range";
        PressureRange = "pressure_range", "血圧が範囲外です", "The blood pressure is out of range";
        PressureUnit = "pressure_unit", "血圧がkPaの値のようです（mmHgで入力）", "The blood pressure looks like kPa (enter mmHg)";
        PressureSwapped = "pressure_swapped", "収縮期が拡張期以下です", "Systolic is not above diastolic";
        SaturationRange = "saturation_range", "SpO2が100を超えています", "SpO2 is above 100";
        SaturationLow = "saturation_low", "SpO2が極端に低い値です", "SpO2 is extremely low";
        OxygenRange = "oxygen_range", "酸素流量が範囲外です", "The oxygen flow is out of range";
        TemperatureUnit = "temperature_unit", "体温が華氏の値のようです（℃で入力）", "The temperature looks like °F (enter °C)";
        TemperatureRange = "temperature_range", "体温が範囲外です", "The temperature is out of range";
        GlucoseUnit = "glucose_unit", "血糖33以下：著しい低血糖か、mmol/Lの値です（再検し、mg/dLで入力）", "Glucose of 33 or less: severe hypoglycaemia, or mmol/L (measure again, enter mg/dL)";
        GlucoseRange = "glucose_range", "血糖が範囲外です", "The glucose is out of range";
        PupilRange = "pupil_range", "瞳孔径が範囲外です", "The pupil's width is out of range";
        Coma = "coma", "JCSとGCSが合いません", "JCS and GCS do not agree";
    }
}

impl Doubt {
    /// Which sign it is about.
    #[must_use]
    pub const fn sign(self) -> Sign {
        match self {
            Self::BreathingRange => Sign::Breathing,
            Self::PulseRange => Sign::Pulse,
            Self::PressureRange | Self::PressureUnit | Self::PressureSwapped => Sign::Pressure,
            Self::SaturationRange | Self::SaturationLow | Self::OxygenRange => Sign::Saturation,
            Self::TemperatureUnit | Self::TemperatureRange => Sign::Temperature,
            Self::GlucoseUnit | Self::GlucoseRange => Sign::Glucose,
            Self::PupilRange => Sign::Pupils,
            Self::Coma => Sign::Consciousness,
        }
    }
}

/// Breaths a minute, at most.
pub const BREATHING_MOST: u16 = 99;
/// Beats a minute, at most.
pub const PULSE_MOST: u16 = 300;
/// Systolic mmHg, at least; 0 is none.
pub const SYSTOLIC_LEAST: u16 = 40;
/// mmHg, at most.
pub const PRESSURE_MOST: u16 = 300;
/// A systolic pressure up to here with a diastolic one is one in kPa.
pub const KILOPASCAL_MOST: u16 = 35;
/// Per cent, below which a probe reads anything.
pub const SATURATION_LEAST: u16 = 40;
/// Tenths of a litre a minute, at most.
pub const OXYGEN_MOST_TENTHS: u16 = 300;
/// Tenths of a degree Celsius. Few have lived through less (13.7, a child 11.8): a slip is likelier.
pub const TEMPERATURE_TENTHS: std::ops::RangeInclusive<u16> = 200..=440;
/// Tenths of a degree Fahrenheit of the same.
pub const FAHRENHEIT_TENTHS: std::ops::RangeInclusive<u16> = 680..=1120;
/// Tenths: a glucose up to here is one in mmol/L, or one to be measured again.
pub const MILLIMOL_MOST_TENTHS: u32 = 333;
/// Tenths of mg/dL, at most.
pub const GLUCOSE_MOST_TENTHS: u32 = 20_000;
/// Tenths of a millimetre.
pub const PUPIL_TENTHS: std::ops::RangeInclusive<u16> = 5..=100;

/// What looks wrong in one set.
#[must_use]
pub fn doubts(set: &VitalSet) -> Vec<Doubt> {
    let heart_and_breath = [
        (Doubt::BreathingRange, above(set.breathing, BREATHING_MOST)),
        (Doubt::PulseRange, above(set.pulse, PULSE_MOST)),
        (Doubt::PressureUnit, is_kilopascal(set)),
        (Doubt::PressureRange, is_no_pressure(set)),
        (Doubt::PressureSwapped, is_swapped(set)),
        (Doubt::SaturationRange, above(set.spo2, 100)),
        (Doubt::SaturationLow, below(set.spo2, SATURATION_LEAST)),
        (
            Doubt::OxygenRange,
            above(set.oxygen_tenths, OXYGEN_MOST_TENTHS),
        ),
    ];
    let temperature = set.temperature_tenths;
    let glucose = set.glucose_tenths;
    let is_fahrenheit = temperature.is_some_and(|tenths| FAHRENHEIT_TENTHS.contains(&tenths));
    let is_celsius = temperature.is_none_or(|tenths| TEMPERATURE_TENTHS.contains(&tenths));
    let rest = [
        (Doubt::TemperatureUnit, is_fahrenheit),
        (Doubt::TemperatureRange, !is_fahrenheit && !is_celsius),
        (
            Doubt::GlucoseUnit,
            glucose.is_some_and(|tenths| tenths <= MILLIMOL_MOST_TENTHS),
        ),
        (
            Doubt::GlucoseRange,
            glucose.is_some_and(|tenths| tenths > GLUCOSE_MOST_TENTHS),
        ),
        (Doubt::PupilRange, is_no_pupil(set)),
        (Doubt::Coma, disagrees(set)),
    ];
    heart_and_breath
        .into_iter()
        .chain(rest)
        .filter_map(|(doubt, is_so)| is_so.then_some(doubt))
        .collect()
}

fn above(value: Option<u16>, most: u16) -> bool {
    value.is_some_and(|value| value > most)
}

fn below(value: Option<u16>, least: u16) -> bool {
    value.is_some_and(|value| value < least)
}

fn is_no_pressure(set: &VitalSet) -> bool {
    let is_too_low = set.systolic != Some(0) && below(set.systolic, SYSTOLIC_LEAST);
    let is_too_high = above(set.systolic, PRESSURE_MOST) || above(set.diastolic, PRESSURE_MOST);
    !is_kilopascal(set) && (is_too_low || is_too_high)
}

fn is_swapped(set: &VitalSet) -> bool {
    set.systolic
        .zip(set.diastolic)
        .is_some_and(|(systolic, diastolic)| systolic <= diastolic && diastolic > 0)
}

fn is_no_pupil(set: &VitalSet) -> bool {
    [set.pupils.right, set.pupils.left]
        .into_iter()
        .filter_map(|pupil| pupil.width_tenths)
        .any(|width| !PUPIL_TENTHS.contains(&width))
}

fn is_kilopascal(set: &VitalSet) -> bool {
    set.systolic
        .zip(set.diastolic)
        .is_some_and(|(systolic, diastolic)| {
            (1..=KILOPASCAL_MOST).contains(&systolic) && diastolic > 0 && diastolic < systolic
        })
}

/// JCS says by how the eyes open what GCS says by E: awake with closed eyes, or asleep to pain with
/// open ones, cannot be.
fn disagrees(set: &VitalSet) -> bool {
    set.jcs.zip(set.gcs).is_some_and(|(jcs, gcs)| {
        let (eyes, voice, movement) = gcs.parts();
        match jcs.digits() {
            0 => eyes < 4 || voice.is_some_and(|voice| voice < 4) || movement < 6,
            1 => eyes < 3,
            2 => eyes == 1,
            _ => eyes > 2,
        }
    })
}
