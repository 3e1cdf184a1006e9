//! Allergies and problems as the 電子カルテ情報共有サービス passes them on.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{place::Place, systems};

/// What somebody is allergic to: the chart's own words, and its code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agent {
    /// What the sending chart shows.
    pub(super) text: &'static str,
    /// J-FAGY code, or a dummy.
    pub(super) code: &'static str,
    /// The code's own words, often more general.
    pub(super) display: &'static str,
    /// `medication`, `food`, `environment`; nothing where the chart sent none.
    pub(super) category: Option<&'static str>,
}

const fn agent(
    text: &'static str,
    code: &'static str,
    display: &'static str,
    category: &'static str,
) -> Agent {
    Agent {
        text,
        code,
        display,
        category: Some(category),
    }
}

const DRUG: &str = "medication";
const FOOD: &str = "food";
const AROUND: &str = "environment";

pub(super) const PENICILLIN: Agent = agent(
    "ペニシリン系抗菌薬（アモキシシリン）",
    "GCM6131001M1ZZZ",
    "アモキシシリン水和物カプセル250mg",
    DRUG,
);
pub(super) const CEFACLOR: Agent = agent(
    "セファクロル",
    "GCM6132005M1ZZZ",
    "セファクロルカプセル250mg",
    DRUG,
);
pub(super) const IODINE_CONTRAST: Agent = agent(
    "ヨード造影剤（イオパミドール）",
    "GCM7219412A4ZZZ",
    "イオパミドール注射液",
    DRUG,
);
pub(super) const LOXOPROFEN: Agent = agent(
    "ロキソプロフェン",
    "GCM1149019F1ZZZ",
    "ロキソプロフェンナトリウム錠60mg",
    DRUG,
);
pub(super) const ASPIRIN: Agent = agent(
    "アスピリン（喘息発作）",
    "GCM1143001X1ZZZ",
    "アスピリン",
    DRUG,
);
pub(super) const LIDOCAINE: Agent = agent(
    "局所麻酔薬（リドカイン）",
    "GCM1214400A1ZZZ",
    "リドカイン塩酸塩注射液",
    DRUG,
);
pub(super) const CARBAMAZEPINE: Agent = agent(
    "カルバマゼピン",
    "GCM1139002F1ZZZ",
    "カルバマゼピン錠200mg",
    DRUG,
);
pub(super) const SULFA: Agent = agent("サルファ剤", "D9M000000000", "医薬品（コード化不能）", DRUG);
pub(super) const VANCOMYCIN: Agent = agent(
    "バンコマイシン",
    "GCM6113400A1ZZZ",
    "バンコマイシン塩酸塩注射用",
    DRUG,
);
pub(super) const POVIDONE: Agent = agent(
    "ポビドンヨード",
    "GCM2612701Q1ZZZ",
    "ポビドンヨード外用液10%",
    DRUG,
);
pub(super) const EGG: Agent = agent("鶏卵", "J9FA11110000", "鶏卵", FOOD);
pub(super) const PEANUT: Agent = agent("落花生", "J9FA21180000", "落花生", FOOD);
pub(super) const BUCKWHEAT: Agent = agent("そば", "J9FA19140000", "そば", FOOD);
pub(super) const MACKEREL: Agent = agent("さば", "J9FA31150000", "さば", FOOD);
pub(super) const KIWI: Agent = agent("キウイフルーツ", "J9FA23110000", "キウイフルーツ", FOOD);
pub(super) const LATEX: Agent = agent("ラテックス", "J9NP14110000", "ラテックス", AROUND);
pub(super) const BEE: Agent = agent("スズメバチ毒", "J9NP21110000", "ハチ毒", AROUND);
pub(super) const ALCOHOL: Agent = agent(
    "消毒用アルコール綿",
    "D9N000000000",
    "食品・医薬品以外（コード化不能）",
    AROUND,
);

impl Agent {
    fn concept(&self) -> Value {
        let system = match self.code.get(..3) {
            Some("GCM") => systems::DRUG_ALLERGEN_INGREDIENT,
            Some("YCM" | "D9M") => systems::DRUG_ALLERGEN_PRODUCT,
            Some("J9F" | "D9F") => systems::FOOD_ALLERGEN,
            _ => systems::OTHER_ALLERGEN,
        };
        json!({
            "coding": [{"system": system, "code": self.code, "display": self.display}],
            "text": self.text
        })
    }
}

/// An active, confirmed allergy; `with` changes what differs.
pub(super) fn allergy(place: &Place, agent: &Agent, recorded: NaiveDate) -> Value {
    let mut resource = json!({
        "resourceType": "AllergyIntolerance",
        "meta": meta("JP_AllergyIntolerance_eCS", recorded),
        "contained": place.contained(),
        "extension": place.extensions(),
        "clinicalStatus": status("allergyintolerance-clinical", "active"),
        "verificationStatus": status("allergyintolerance-verification", "confirmed"),
        "code": agent.concept(),
        "recordedDate": recorded.to_string(),
        "recorder": place.author()
    });
    if let (Some(fields), Some(category)) = (resource.as_object_mut(), agent.category) {
        fields.insert("category".into(), json!([category]));
    }
    resource
}

/// Fields of an allergy: how dangerous, and what happened.
pub(super) fn reacted(criticality: &str, manifestation: &str, severity: &str) -> Value {
    json!({
        "criticality": criticality,
        "reaction": [{"manifestation": [{"text": manifestation}], "severity": severity}]
    })
}

/// "No known allergy", said by a physician.
pub(super) fn no_known_allergy(place: &Place, recorded: NaiveDate) -> Value {
    super::chart::with(
        allergy(
            place,
            &Agent {
                text: "",
                code: "",
                display: "",
                category: None,
            },
            recorded,
        ),
        json!({"code": {
            "coding": [{"system": systems::SNOMED, "code": "716186003", "display": "No known allergy"}],
            "text": "アレルギー歴なし"
        }}),
    )
}

/// A disease: the chart's words, MEDIS number and ICD-10.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disease(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
);

/// An active, confirmed problem; `with` changes what differs.
pub(super) fn problem(
    place: &Place,
    disease: Disease,
    onset: NaiveDate,
    recorded: NaiveDate,
) -> Value {
    let Disease(text, medis, icd) = disease;
    json!({
        "resourceType": "Condition",
        "meta": meta("JP_Condition_eCS", recorded),
        "contained": place.contained(),
        "extension": place.extensions(),
        "clinicalStatus": status("condition-clinical", "active"),
        "verificationStatus": status("condition-ver-status", "confirmed"),
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/condition-category",
            "code": "encounter-diagnosis"
        }]}],
        "code": {
            "coding": [
                {"system": systems::DISEASE, "code": medis, "display": if medis == "99999999" { "未コード化傷病名" } else { text }},
                {"system": systems::ICD10, "code": icd}
            ],
            "text": text
        },
        "onsetDateTime": onset.to_string(),
        "recordedDate": recorded.to_string(),
        "recorder": place.author()
    })
}

/// The field that marks a problem as the principal one (主病名); keeps the place's extensions.
pub(super) fn principal(place: &Place) -> Value {
    let mut extensions = place.extensions();
    extensions.push(json!({
        "url": systems::DIAGNOSIS_TYPE_EXTENSION,
        "valueCodeableConcept": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/ex-diagnosistype",
            "code": "principal",
            "display": "主病名"
        }]}
    }));
    json!({ "extension": extensions })
}

/// A status concept of HL7's terminology.
pub(super) fn status(system: &str, code: &str) -> Value {
    json!({"coding": [{
        "system": format!("http://terminology.hl7.org/CodeSystem/{system}"),
        "code": code
    }]})
}

/// Profile and time of the last sending.
pub(super) fn meta(profile: &str, sent: NaiveDate) -> Value {
    json!({
        "profile": [format!("http://jpfhir.jp/fhir/eCS/StructureDefinition/{profile}|1.10.0")],
        "lastUpdated": format!("{sent}T18:30:00+09:00")
    })
}

/// [`meta`] with marks such as `UNINFORMED` (未告知), `UNDELIVERED` (未提供), `LTS` (長期保存).
pub(super) fn marked(profile: &str, sent: NaiveDate, marks: &[(&str, &str)]) -> Value {
    let tags: Vec<Value> = marks
        .iter()
        .map(|(code, display)| json!({"system": systems::INDICATION, "code": code, "display": display}))
        .collect();
    json!({ "meta": super::chart::with(meta(profile, sent), json!({ "tag": tags })) })
}
