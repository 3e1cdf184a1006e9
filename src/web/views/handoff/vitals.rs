//! Vital signs: the sets that were taken, and the form of the next one.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        handoff::{Doubt, Gcs, Jcs, Pupil, VitalSet, doubts},
        section::Language,
    },
    web::text::Text,
};

use super::{Touch, language, when};

/// One set, in words; nothing where nothing was measured.
pub(super) struct SetPart {
    pub(super) at: String,
    /// In the order of the table's columns.
    pub(super) values: Vec<String>,
    pub(super) doubts: Vec<&'static str>,
    pub(super) is_struck: bool,
    /// What the touch sends that strikes it, or takes it back.
    pub(super) touch: String,
}

/// The table's columns besides the time.
pub(super) fn columns(t: &Text) -> Vec<&'static str> {
    use crate::domain::handoff::Sign;
    let language = language(t);
    let mut columns = vec![t.handoff.form.jcs, t.handoff.form.gcs];
    columns.extend(
        [
            Sign::Breathing,
            Sign::Pulse,
            Sign::Pressure,
            Sign::Saturation,
            Sign::Temperature,
            Sign::Pupils,
            Sign::Glucose,
        ]
        .map(|sign| sign.name(language)),
    );
    columns
}

impl SetPart {
    /// Every set, newest first.
    pub(super) fn all<'a>(
        sets: impl DoubleEndedIterator<Item = &'a VitalSet>,
        now: DateTime<Utc>,
        t: &'static Text,
    ) -> Vec<Self> {
        sets.rev().map(|set| Self::of(set, now, t)).collect()
    }

    fn of(set: &VitalSet, now: DateTime<Utc>, t: &'static Text) -> Self {
        let language = language(t);
        let then = if set.struck { "off" } else { "on" };
        Self {
            at: when(set.at, now),
            values: values(set, t),
            doubts: doubts(set)
                .iter()
                .map(|doubt: &Doubt| doubt.name(language))
                .collect(),
            is_struck: set.struck,
            touch: format!("{then}.{}", set.id),
        }
    }
}

fn values(set: &VitalSet, t: &'static Text) -> Vec<String> {
    let whole = |value: Option<u16>| value.map(|value| value.to_string()).unwrap_or_default();
    let pressure = match (set.systolic, set.diastolic) {
        (None, None) => String::new(),
        (high, low) => {
            let side = |value: Option<u16>| value.map_or_else(|| "−".to_owned(), |v| v.to_string());
            format!("{}/{}", side(high), side(low))
        }
    };
    vec![
        set.jcs.map(|jcs: Jcs| jcs.to_string()).unwrap_or_default(),
        set.gcs.map(gcs).unwrap_or_default(),
        whole(set.breathing),
        whole(set.pulse),
        pressure,
        saturation(set, t),
        tenths(set.temperature_tenths.map(u32::from)),
        pupils(set, language(t)),
        tenths(set.glucose_tenths),
    ]
}

/// The parts, and their sum where there is one.
fn gcs(gcs: Gcs) -> String {
    gcs.sum()
        .map_or_else(|| gcs.to_string(), |sum| format!("{gcs} = {sum}"))
}

fn saturation(set: &VitalSet, t: &Text) -> String {
    let Some(spo2) = set.spo2 else {
        return oxygen(set, t).unwrap_or_default();
    };
    match oxygen(set, t) {
        Some(with) => format!("{spo2}%（{with}）"),
        None => format!("{spo2}%"),
    }
}

fn oxygen(set: &VitalSet, t: &Text) -> Option<String> {
    let tenths_of = set.oxygen_tenths?;
    Some(if tenths_of == 0 {
        t.handoff.form.room_air.to_owned()
    } else {
        format!("{} L", tenths(Some(tenths_of.into())))
    })
}

fn tenths(value: Option<u32>) -> String {
    value.map_or_else(String::new, |value| {
        if value % 10 == 0 {
            (value / 10).to_string()
        } else {
            format!("{}.{}", value / 10, value % 10)
        }
    })
}

fn pupils(set: &VitalSet, language: Language) -> String {
    let side = |pupil: Pupil| {
        let width = tenths(pupil.width_tenths.map(u32::from));
        let reacts = pupil
            .reacts
            .map_or("", |reacts| if reacts { "(+)" } else { "(−)" });
        format!("{width}{reacts}")
    };
    let (right, left) = (side(set.pupils.right), side(set.pupils.left));
    if right.is_empty() && left.is_empty() {
        return String::new();
    }
    match language {
        Language::Ja => format!("右{right} 左{left}"),
        Language::En => format!("R {right} L {left}"),
    }
}

/// The pickers of the next set, nothing chosen, or what was chosen before.
pub(super) struct Pickers {
    pub(super) jcs: Vec<Touch>,
    pub(super) more: Vec<Touch>,
    pub(super) eyes: Vec<Touch>,
    pub(super) verbal: Vec<Touch>,
    pub(super) motor: Vec<Touch>,
    pub(super) right: Vec<Touch>,
    pub(super) left: Vec<Touch>,
}

const MARKS: [(&str, &str); 3] = [("r", "R"), ("i", "I"), ("a", "A")];
const LEVELS: [(&str, &str); 10] = [
    ("0", "0"),
    ("1", "1"),
    ("2", "2"),
    ("3", "3"),
    ("10", "10"),
    ("20", "20"),
    ("30", "30"),
    ("100", "100"),
    ("200", "200"),
    ("300", "300"),
];
const EYES: [(&str, &str); 4] = [("4", "4"), ("3", "3"), ("2", "2"), ("1", "1")];
const VERBAL: [(&str, &str); 6] = [
    ("5", "5"),
    ("4", "4"),
    ("3", "3"),
    ("2", "2"),
    ("1", "1"),
    ("t", "T"),
];
const MOTOR: [(&str, &str); 6] = [
    ("6", "6"),
    ("5", "5"),
    ("4", "4"),
    ("3", "3"),
    ("2", "2"),
    ("1", "1"),
];

impl Pickers {
    /// With what was chosen in a form that came back.
    pub(super) fn new(chosen: impl Fn(&str) -> Vec<String>, t: &'static Text) -> Self {
        let of = |name: &str, all: &[(&str, &'static str)]| {
            let before = chosen(name);
            all.iter()
                .map(|(value, word)| {
                    let is_on = before.iter().any(|one| one == value);
                    Touch::picked((*value).to_owned(), word, is_on)
                })
                .collect::<Vec<_>>()
        };
        let reacts = t.handoff.form.pupils_react;
        let reacts = [("yes", reacts[0]), ("no", reacts[1])];
        Self {
            jcs: of("jcs", &LEVELS),
            more: of("jcs_more", &MARKS),
            eyes: of("eyes", &EYES),
            verbal: of("verbal", &VERBAL),
            motor: of("motor", &MOTOR),
            right: of("right_reacts", &reacts),
            left: of("left_reacts", &reacts),
        }
    }
}
