//! Visits, operations, dialysis, procedures and check-ups as receipts tell them.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{place::Place, systems};

/// What a receipt names: words, code of the 医科診療行為マスター, section of the fee schedule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) Kind,
);

/// Section of the fee schedule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// 第10部 手術
    Operation,
    /// J038 人工腎臓
    Dialysis,
    /// Anything else
    Other,
}

pub(super) const PACEMAKER: Deed = Deed(
    "ペースメーカー移植術（経静脈電極）",
    "150145010",
    Kind::Operation,
);
pub(super) const STENT: Deed = Deed("経皮的冠動脈ステント留置術", "150375210", Kind::Operation);
pub(super) const HIP: Deed = Deed("人工骨頭挿入術（股）", "150050410", Kind::Operation);
pub(super) const COLECTOMY: Deed = Deed("腹腔鏡下結腸悪性腫瘍切除術", "150337210", Kind::Operation);
pub(super) const CESAREAN: Deed = Deed("帝王切開術（選択帝王切開）", "150222110", Kind::Operation);
pub(super) const CATARACT: Deed = Deed(
    "水晶体再建術（眼内レンズを挿入する場合）",
    "150253010",
    Kind::Operation,
);
pub(super) const SHUNT: Deed = Deed("内シャント設置術", "150147810", Kind::Operation);
pub(super) const DIALYSIS: Deed = Deed(
    "人工腎臓（慢性維持透析）（4時間以上5時間未満）",
    "140051210",
    Kind::Dialysis,
);
pub(super) const CHEMOTHERAPY: Deed = Deed("外来化学療法加算1", "120004410", Kind::Other);
pub(super) const ENDOSCOPY: Deed = Deed("胃・十二指腸ファイバースコピー", "160093810", Kind::Other);
pub(super) const ECHO: Deed = Deed(
    "心臓超音波検査（経胸壁心エコー法）",
    "160072510",
    Kind::Other,
);
pub(super) const CT: Deed = Deed(
    "CT撮影（16列以上64列未満マルチスライス型機器）",
    "170011810",
    Kind::Other,
);
pub(super) const HOME_OXYGEN: Deed =
    Deed("在宅酸素療法指導管理料（その他）", "114003710", Kind::Other);

/// A completed Procedure.
pub(super) fn procedure(place: &Place, deed: Deed, day: NaiveDate) -> Value {
    let Deed(text, code, kind) = deed;
    let category = match kind {
        Kind::Operation => {
            json!({"coding": [{"system": systems::SNOMED, "code": "387713003", "display": "Surgical procedure"}], "text": "手術"})
        }
        Kind::Dialysis => {
            json!({"coding": [{"system": systems::SNOMED, "code": "265764009", "display": "Renal dialysis"}], "text": "透析"})
        }
        Kind::Other => json!({"text": "診療行為"}),
    };
    json!({
        "resourceType": "Procedure",
        "contained": place.contained(),
        "extension": place.extensions(),
        "status": "completed",
        "category": category,
        "code": {
            "coding": [{"system": systems::CLAIM_PROCEDURE, "code": code, "display": text}],
            "text": text
        },
        "performedDateTime": day.to_string(),
        "performer": [{"actor": place.author(), "onBehalfOf": place.facility.reference()}]
    })
}

/// A finished visit to a department.
pub(super) fn visit(place: &Place, day: NaiveDate) -> Value {
    encounter(place, ("AMB", "外来"), (day, day), "外来受診")
}

/// A stay.
pub(super) fn stay(place: &Place, from: NaiveDate, to: NaiveDate) -> Value {
    encounter(place, ("IMP", "入院"), (from, to), "入院")
}

/// A check-up: receipts and records give its day and nothing else here.
pub(super) fn checkup(place: &Place, day: NaiveDate, name: &str) -> Value {
    encounter(place, ("AMB", "外来"), (day, day), name)
}

fn encounter(
    place: &Place,
    class: (&str, &str),
    period: (NaiveDate, NaiveDate),
    kind: &str,
) -> Value {
    json!({
        "resourceType": "Encounter",
        "contained": place.contained(),
        "extension": place.extensions(),
        "status": "finished",
        "class": {"system": systems::ACT, "code": class.0, "display": class.1},
        "type": [{"text": kind}],
        "serviceType": place.department_concept(),
        "period": {"start": period.0.to_string(), "end": period.1.to_string()},
        "serviceProvider": place.facility.reference()
    })
}
