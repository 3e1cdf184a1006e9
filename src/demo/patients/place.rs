//! Invented institutions: clinics, hospitals, pharmacies, and the departments inside them.

use serde_json::{Value, json};

use super::systems;

/// An institution. The third digit of the number says what it is (1 medical, 4 pharmacy); local
/// telephone exchanges never begin with 0, so that none of these numbers can reach anybody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facility {
    /// Name.
    pub(super) name: &'static str,
    /// 保険医療機関番号, 10 digits.
    pub(super) number: &'static str,
    /// Telephone.
    pub(super) telephone: &'static str,
}

/// Where and by whom something was written down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The institution.
    pub(super) facility: Facility,
    /// 診療科 code (SS-MIX2) and words.
    pub(super) department: (&'static str, &'static str),
    /// The physician.
    pub(super) doctor: &'static str,
}

const fn facility(name: &'static str, number: &'static str, telephone: &'static str) -> Facility {
    Facility {
        name,
        number,
        telephone,
    }
}

const fn place(
    facility: Facility,
    department: (&'static str, &'static str),
    doctor: &'static str,
) -> Place {
    Place {
        facility,
        department,
        doctor,
    }
}

/// The hospital at whose terminals the demonstration takes place.
pub(super) const HOME: Facility =
    facility(super::HOSPITAL_NAME, super::HOSPITAL_NUMBER, "03-0000-9999");
/// Another hospital, to which documents may be addressed.
pub(super) const OTHER: Facility = facility("潮見台中央病院", "1318800990", "03-0000-9000");

const MINATO: Facility = facility("みなと循環器クリニック", "1318800101", "03-0000-1101");
const OKAWA: Facility = facility("大川内科医院", "1318800102", "03-0000-1102");
const MIDORI: Facility = facility("緑丘総合病院", "1318800103", "03-0000-1103");
const SHIOKAZE: Facility = facility("しおかぜ病院", "1318800104", "03-0000-1104");
const TSUBASA: Facility = facility("つばさ腎クリニック", "1318800105", "03-0000-1105");
const AOBA: Facility = facility("あおば小児科", "1318800106", "03-0000-1106");
const HOSHI: Facility = facility("星見が丘がんセンター", "1318800107", "03-0000-1107");
const HIBARI: Facility = facility("ひばり整形外科", "1318800108", "03-0000-1108");
const KOKORO: Facility = facility("木漏れ日メンタルクリニック", "1318800109", "03-0000-1109");
const KENSHIN: Facility = facility("みずき健診センター", "1318800110", "03-0000-1110");
const SUMIRE: Facility = facility("すみれ皮膚科", "1318800111", "03-0000-1111");
const NAGISA: Facility = facility("なぎさ産婦人科", "1318800112", "03-0000-1112");

pub(super) const HEART: Place = place(MINATO, ("08", "循環器内科"), "岬 玲一");
pub(super) const GENERAL: Place = place(OKAWA, ("01", "内科"), "大川 千鶴");
pub(super) const HOSPITAL_HEART: Place = place(MIDORI, ("08", "循環器内科"), "樫尾 直人");
pub(super) const HOSPITAL_GENERAL: Place = place(MIDORI, ("01", "内科"), "遠峰 小百合");
pub(super) const HOSPITAL_SURGERY: Place = place(MIDORI, ("12", "外科"), "羽田野 剛志");
pub(super) const BRAIN: Place = place(SHIOKAZE, ("05", "脳神経内科"), "凪原 壮太");
pub(super) const EMERGENCY: Place = place(SHIOKAZE, ("38", "救急科"), "汐留 史帆");
pub(super) const DIABETES: Place = place(SHIOKAZE, ("18", "糖尿病内科"), "穂積 かおり");
pub(super) const KIDNEY: Place = place(TSUBASA, ("17", "腎臓内科"), "翼田 和真");
pub(super) const CHILD: Place = place(AOBA, ("10", "小児科"), "青葉 文乃");
pub(super) const CANCER: Place = place(HOSHI, ("53", "腫瘍内科"), "星 由起夫");
pub(super) const PALLIATIVE: Place = place(HOSHI, ("52", "緩和ケア内科"), "夕凪 恵");
pub(super) const BONES: Place = place(HIBARI, ("14", "整形外科"), "雲雀 拓郎");
pub(super) const MIND: Place = place(KOKORO, ("03", "精神科"), "木崎 宗一");
pub(super) const CHECKUP: Place = place(KENSHIN, ("01", "健診"), "水城 智");
pub(super) const SKIN: Place = place(SUMIRE, ("19", "皮膚科"), "菫川 美雪");
pub(super) const BIRTH: Place = place(NAGISA, ("24", "産婦人科"), "渚 はるか");

pub(super) const KOTORI: Facility = facility("ことり薬局", "1348800201", "03-0000-2201");
pub(super) const HOSHIZORA: Facility =
    facility("ほしぞら薬局 駅前店", "1348800202", "03-0000-2202");
pub(super) const MARUTAKE: Facility = facility("丸竹薬局", "1348800203", "03-0000-2203");

impl Facility {
    /// The Organization, to be contained as `#facility`.
    pub(super) fn organisation(&self) -> Value {
        json!({
            "resourceType": "Organization",
            "id": "facility",
            "identifier": [{"system": systems::INSTITUTION, "value": self.number}],
            "name": self.name,
            "telecom": [{"system": "phone", "value": self.telephone}]
        })
    }

    /// A reference to the contained Organization.
    pub(super) fn reference(&self) -> Value {
        json!({"reference": "#facility", "type": "Organization", "display": self.name})
    }

    /// The extension that every shared resource carries.
    pub(super) fn extension(&self) -> Value {
        json!({
            "url": systems::INSTITUTION_EXTENSION,
            "valueIdentifier": {"system": systems::INSTITUTION, "value": self.number}
        })
    }
}

impl Place {
    /// Organization, Practitioner and the role that joins them, to be contained.
    pub(super) fn contained(&self) -> Vec<Value> {
        vec![
            self.facility.organisation(),
            json!({
                "resourceType": "Practitioner",
                "id": "doctor",
                "name": [{"text": self.doctor}]
            }),
            json!({
                "resourceType": "PractitionerRole",
                "id": "role",
                "practitioner": {"reference": "#doctor", "display": self.doctor},
                "organization": self.facility.reference(),
                "specialty": [self.department_concept()]
            }),
        ]
    }

    /// The department as a concept.
    pub(super) fn department_concept(&self) -> Value {
        let (code, name) = self.department;
        json!({"coding": [{"system": systems::DEPARTMENT, "code": code, "display": name}], "text": name})
    }

    /// A reference to the physician in this role.
    pub(super) fn author(&self) -> Value {
        json!({"reference": "#role", "type": "PractitionerRole", "display": self.doctor})
    }

    /// The extensions that every shared resource carries.
    pub(super) fn extensions(&self) -> Vec<Value> {
        vec![
            self.facility.extension(),
            json!({"url": systems::DEPARTMENT_EXTENSION, "valueCodeableConcept": self.department_concept()}),
        ]
    }
}
