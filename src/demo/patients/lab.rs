//! Laboratory and infection results as the 電子カルテ情報共有サービス passes them on.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{
    chart::{with, written},
    emr::meta,
    place::Place,
    systems,
};

/// A measured item: the laboratory's own name, the fixed display, JLAC10, unit and range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// The laboratory's own name.
    pub(super) text: &'static str,
    /// FHIR識別名, fixed per item.
    pub(super) display: &'static str,
    /// JLAC10, 17 digits.
    pub(super) code: &'static str,
    /// Unit as written.
    pub(super) unit: &'static str,
    /// Reference range, low and high.
    pub(super) range: (f64, f64),
}

const fn item(
    text: &'static str,
    display: &'static str,
    code: &'static str,
    unit: &'static str,
    range: (f64, f64),
) -> Item {
    Item {
        text,
        display,
        code,
        unit,
        range,
    }
}

pub(super) const CRE: Item = item(
    "クレアチニン",
    "Cre",
    "3C015000002327101",
    "mg/dL",
    (0.46, 1.07),
);
pub(super) const BUN: Item = item("尿素窒素", "BUN", "3C025000002327201", "mg/dL", (8.0, 20.0));
pub(super) const NA: Item = item(
    "ナトリウム",
    "Na",
    "3H010000002326101",
    "mmol/L",
    (138.0, 145.0),
);
pub(super) const K: Item = item("カリウム", "K", "3H015000002326101", "mmol/L", (3.6, 4.8));
pub(super) const CL: Item = item(
    "クロール",
    "Cl",
    "3H020000002326101",
    "mmol/L",
    (101.0, 108.0),
);
pub(super) const CA: Item = item(
    "カルシウム",
    "Ca",
    "3H030000002327101",
    "mg/dL",
    (8.8, 10.1),
);
pub(super) const AST: Item = item("AST(GOT)", "AST", "3B035000002327201", "U/L", (13.0, 30.0));
pub(super) const ALT: Item = item("ALT(GPT)", "ALT", "3B045000002327201", "U/L", (7.0, 42.0));
pub(super) const LD: Item = item("LD(LDH)", "LD", "3B050000002327201", "U/L", (124.0, 222.0));
pub(super) const ALB: Item = item("アルブミン", "ALB", "3A015000002327101", "g/dL", (4.1, 5.1));
pub(super) const TBIL: Item = item(
    "総ビリルビン",
    "T-Bil",
    "3J010000002327101",
    "mg/dL",
    (0.4, 1.5),
);
pub(super) const CRP: Item = item("CRP", "CRP", "5C070000002306201", "mg/dL", (0.0, 0.14));
pub(super) const GLUCOSE: Item = item("血糖", "BG", "3D010000002327201", "mg/dL", (73.0, 109.0));
pub(super) const A1C: Item = item(
    "HbA1c(NGSP)",
    "HbA1c-NGSP",
    "3D046000001920402",
    "%",
    (4.9, 6.0),
);
pub(super) const WBC: Item = item(
    "白血球数",
    "WBC",
    "2A990000001930952",
    "X10*3/μL",
    (3.3, 8.6),
);
pub(super) const HB: Item = item(
    "ヘモグロビン",
    "Hb",
    "2A990000001930953",
    "g/dL",
    (11.6, 16.8),
);
pub(super) const PLT: Item = item(
    "血小板数",
    "PLT",
    "2A990000001930955",
    "X10*4/μL",
    (15.8, 34.8),
);
pub(super) const INR: Item = item("PT-INR", "PT-INR", "2B030000002231157", "INR", (0.9, 1.1));
pub(super) const DD: Item = item("Dダイマー", "DD", "2B140000002206201", "μg/mL", (0.0, 1.0));
pub(super) const BNP: Item = item("BNP", "BNP", "4Z271000002205101", "pg/mL", (0.0, 18.4));
pub(super) const CK: Item = item("CK", "CK", "3B010000002327201", "U/L", (41.0, 248.0));

/// What [`panel`] measures.
pub(super) const USUAL: [Item; 16] = [
    CRE, BUN, NA, K, CL, CA, AST, ALT, LD, ALB, TBIL, CRP, GLUCOSE, WBC, HB, PLT,
];

/// A final result with the sender's range and flag; `with` changes what differs.
pub(super) fn lab(place: &Place, item: &Item, value: f64, date: NaiveDate) -> Value {
    let (low, high) = item.range;
    let flag = if value < low {
        "L"
    } else if value > high {
        "H"
    } else {
        "N"
    };
    with(
        observation(
            place,
            coding(item.text, item.display, item.code, systems::CORE_LAB),
            date,
        ),
        json!({
            "valueQuantity": {"value": written(value), "unit": item.unit},
            "interpretation": [{"coding": [{"system": systems::INTERPRETATION, "code": flag}]}],
            "referenceRange": [{
                "low": {"value": written(low), "unit": item.unit},
                "high": {"value": written(high), "unit": item.unit}
            }]
        }),
    )
}

/// A result whose value is a code with words, such as a blood group.
pub(super) fn coded(
    place: &Place,
    item: (&str, &str, &str),
    value: (&str, &str, &str),
    date: NaiveDate,
) -> Value {
    let (text, display, code) = item;
    let (system, value, words) = value;
    with(
        observation(place, coding(text, display, code, systems::CORE_LAB), date),
        json!({"valueCodeableConcept": {"coding": [{"system": system, "code": value, "display": words}], "text": words}}),
    )
}

/// Blood group, both results.
pub(super) fn blood_group(place: &Place, abo: (&str, &str), date: NaiveDate) -> [Value; 2] {
    [
        coded(
            place,
            ("血液型(ABO)", "血液型-ABO", "5H010000001910114"),
            (systems::BLOOD_ABO, abo.0, abo.1),
            date,
        ),
        coded(
            place,
            ("血液型(Rh)", "血液型-Rh", "5H020000001910114"),
            (systems::BLOOD_RH, "1", "＋"),
            date,
        ),
    ]
}

/// An infection test: the laboratory's own name, the fixed display, JLAC10.
pub(super) type Test = (&'static str, &'static str, &'static str);

pub(super) const HBS_ANTIGEN: Test = ("HBs抗原", "HBs抗原(定性)", "5F016141002305111");
pub(super) const HBS_ANTIBODY: Test = ("HBs抗体", "HBs抗体(定性)", "5F016143002305111");
pub(super) const HBS_ANTIBODY_AMOUNT: Test = ("HBs抗体定量", "HBs抗体(定量)", "5F016143002305101");
pub(super) const HCV_ANTIBODY: Test = ("HCV抗体", "HCV抗体(定性)", "5F360143002305111");
pub(super) const HCV_RNA: Test = ("HCV-RNA定量", "HCV核酸増幅検査(定量)", "5F360145302387501");
pub(super) const HIV: Test = (
    "HIV抗原抗体",
    "HIV-1+2抗体・p24抗原(定性)",
    "5F560155002305111",
);
pub(super) const SYPHILIS_STS: Test = ("梅毒RPR", "梅毒STS(定性)", "5E074000002306211");
pub(super) const SYPHILIS_TP: Test = ("梅毒TP抗体", "梅毒TP抗体(定性)", "5E075000002305211");
pub(super) const SYPHILIS_TP_RATIO: Test = (
    "梅毒TP抗体 COI",
    "梅毒TP抗体(定量、陽性コントロール比)",
    "5E075000002305233",
);

/// What a qualitative test said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    Positive,
    Negative,
    Hold,
}

/// A qualitative infection result.
pub(super) fn infection(place: &Place, test: Test, verdict: Verdict, date: NaiveDate) -> Value {
    let (code, words) = match verdict {
        Verdict::Positive => ("1", "陽性"),
        Verdict::Negative => ("2", "陰性"),
        Verdict::Hold => ("3", "判定保留"),
    };
    with(
        observation(
            place,
            coding(test.0, test.1, test.2, systems::INFECTION_LAB),
            date,
        ),
        json!({"valueCodeableConcept": {
            "coding": [{"system": systems::POS_NEG_HOLD, "code": code, "display": words}],
            "text": words
        }}),
    )
}

/// A quantitative infection result; no cut-off is universal, so none is sent.
pub(super) fn infection_amount(
    place: &Place,
    test: Test,
    value: (f64, &str),
    date: NaiveDate,
) -> Value {
    with(
        observation(
            place,
            coding(test.0, test.1, test.2, systems::INFECTION_LAB),
            date,
        ),
        json!({"valueQuantity": {"value": written(value.0), "unit": value.1}}),
    )
}

/// The usual values on one day; `shift` moves them within and out of their ranges.
pub(super) fn panel(place: &Place, date: NaiveDate, shift: f64) -> Vec<Value> {
    USUAL
        .iter()
        .map(|item| {
            let (low, high) = item.range;
            let value = low + (high - low) * (0.45 + shift);
            lab(place, item, rounded(value.max(0.0), high), date)
        })
        .collect()
}

/// As many digits as a laboratory would print for a value of this size.
pub(super) fn rounded(value: f64, high: f64) -> f64 {
    let digits = if high < 2.0 {
        100.0
    } else if high < 60.0 {
        10.0
    } else {
        1.0
    };
    (value * digits).round() / digits
}

fn coding(text: &str, display: &str, code: &str, system: &str) -> Value {
    json!({
        "coding": [
            {"system": systems::LOCAL_LAB, "code": format!("L{}", code.get(..5).unwrap_or_default()), "display": text},
            {"system": system, "code": code, "display": display},
            {"system": systems::JLAC10, "code": code, "display": display}
        ],
        "text": text
    })
}

/// A code of the laboratory's own, without any common one.
pub(super) fn uncoded(text: &str) -> Value {
    json!({"code": {
        "coding": [
            {"system": systems::LOCAL_LAB, "code": "L-FREE", "display": text},
            {"system": systems::UNCODED_LAB, "code": "99999999999999999", "display": "未標準化コード項目(JLAC)"}
        ],
        "text": text
    }})
}

fn observation(place: &Place, code: Value, date: NaiveDate) -> Value {
    let mut resource = json!({
        "resourceType": "Observation",
        "meta": meta("JP_Observation_LabResult_eCS", date),
        "contained": place.contained(),
        "extension": place.extensions(),
        "status": "final",
        "category": [{"coding": [{"system": systems::LAB_CATEGORY, "code": "laboratory"}]}],
        "effectiveDateTime": format!("{date}T09:20:00+09:00"),
        "issued": format!("{date}T11:05:00.000+09:00"),
        "performer": [place.author(), place.facility.reference()],
        "specimen": {"display": "血液", "type": "Specimen"}
    });
    if let Some(fields) = resource.as_object_mut() {
        fields.insert("code".into(), code);
    }
    resource
}
