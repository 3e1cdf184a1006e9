//! Prescriptions and what pharmacies handed out, by the electronic prescription service and by
//! receipts.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use crate::domain::section::SourceName;

use super::{
    chart::{Chart, with, written},
    drug::Drug,
    place::{Facility, Place},
    systems,
};

/// A prescription of one drug.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rx {
    pub(super) drug: Drug,
    pub(super) place: Place,
    pub(super) pharmacy: Facility,
    /// Days one fill lasts.
    pub(super) days: u32,
}

/// Puts the parts of a prescription together.
pub(super) const fn rx(drug: Drug, place: Place, pharmacy: Facility, days: u32) -> Rx {
    Rx {
        drug,
        place,
        pharmacy,
        days,
    }
}

impl Rx {
    /// 処方箋番号: what one visit prescribed shares one number.
    fn number(&self, written: NaiveDate) -> Value {
        json!({
            "system": systems::PRESCRIPTION,
            "value": format!("{}-{}", self.place.facility.number, written.format("%Y%m%d"))
        })
    }

    fn dosage(&self) -> Value {
        let Drug {
            unit: (code, unit),
            dose,
            usage,
            times,
            ..
        } = self.drug;
        let amount = json!({"value": written(dose), "unit": unit, "system": systems::DRUG_UNIT, "code": code});
        json!([{
            "text": format!("{usage} 1回{dose}{unit} {}日分", self.days),
            "timing": {
                "repeat": {"boundsDuration": duration(self.days), "frequency": times, "period": 1, "periodUnit": "d"},
                "code": {"coding": [{"system": systems::USAGE, "code": usage_code(usage)}], "text": usage}
            },
            "doseAndRate": [{"doseQuantity": amount}]
        }])
    }

    fn total(&self) -> Value {
        let (code, unit) = self.drug.unit;
        let total = self.drug.dose * f64::from(self.drug.times) * f64::from(self.days);
        json!({"value": written(total), "unit": unit, "system": systems::DRUG_UNIT, "code": code})
    }

    /// The `MedicationRequest`. Its status says nothing about whether the drug is still taken:
    /// every prescription that was sent is `completed`.
    pub(super) fn request(&self, written: NaiveDate) -> Value {
        json!({
            "resourceType": "MedicationRequest",
            "meta": super::emr::meta("JP_MedicationRequest_eCS", written),
            "contained": self.place.contained(),
            "extension": self.place.extensions(),
            "identifier": [self.number(written)],
            "status": "completed",
            "intent": "order",
            "medicationCodeableConcept": self.drug.concept(),
            "authoredOn": format!("{written}T10:40:00+09:00"),
            "requester": self.place.author(),
            "groupIdentifier": self.number(written),
            "dosageInstruction": self.dosage(),
            "dispenseRequest": {
                "quantity": self.total(),
                "expectedSupplyDuration": duration(self.days)
            }
        })
    }

    /// The `MedicationDispense` of a pharmacy.
    fn handed_out(&self, request: &str, written: NaiveDate, handed: NaiveDate) -> Value {
        json!({
            "resourceType": "MedicationDispense",
            "contained": [self.pharmacy.organisation()],
            "extension": [self.pharmacy.extension()],
            "identifier": [self.number(written)],
            "status": "completed",
            "medicationCodeableConcept": self.drug.concept(),
            "performer": [{"actor": self.pharmacy.reference()}],
            "authorizingPrescription": [{"reference": format!("MedicationRequest/{request}"), "type": "MedicationRequest"}],
            "quantity": self.total(),
            "daysSupply": duration(self.days),
            "whenHandedOver": format!("{handed}T11:50:00+09:00"),
            "dosageInstruction": self.dosage()
        })
    }
}

fn duration(days: u32) -> Value {
    json!({"value": days, "unit": "日", "system": systems::UCUM, "code": "d"})
}

/// 用法 code; the dummy for what is only in words.
fn usage_code(usage: &str) -> &'static str {
    match usage {
        "1日1回 朝食後" => "1011000400000000",
        "1日2回 朝夕食後" => "1012040400000000",
        "1日3回 毎食後" => "1013044400000000",
        _ => "0X0XXXXXXXXX0000",
    }
}

impl Chart {
    /// Prescribed and not handed out: 未調剤.
    pub(super) fn prescribed(&mut self, rx: &Rx, days_ago: u64) -> String {
        let written = self.ago(days_ago);
        self.add(SourceName::Eprescription, rx.request(written))
    }

    /// Prescribed and handed out on the same day.
    pub(super) fn supplied(&mut self, rx: &Rx, days_ago: u64) {
        let written = self.ago(days_ago);
        let request = self.prescribed(rx, days_ago);
        self.add(
            SourceName::Eprescription,
            rx.handed_out(&request, written, written),
        );
    }

    /// A refill prescription (リフィル処方箋) for `fills` fills, handed out so many days ago.
    pub(super) fn refilled(&mut self, rx: &Rx, fills: u32, handed_days_ago: &[u64]) {
        let first = handed_days_ago.iter().copied().max().unwrap_or_default();
        let written = self.ago(first);
        let mut request = rx.request(written);
        if let Some(Value::Object(supply)) = request.get_mut("dispenseRequest") {
            supply.insert(
                "numberOfRepeatsAllowed".into(),
                json!(fills.saturating_sub(1)),
            );
        }
        let request = self.add(SourceName::Eprescription, request);
        for days_ago in handed_days_ago {
            let handed = self.ago(*days_ago);
            self.add(
                SourceName::Eprescription,
                rx.handed_out(&request, written, handed),
            );
        }
    }

    /// A receipt's word for a drug: the month only, as receipts are counted.
    pub(super) fn claimed_drug(&mut self, rx: &Rx, days_ago: u64) {
        let day = self.ago(days_ago);
        let mut resource = rx.handed_out("", day, day);
        if let Some(fields) = resource.as_object_mut() {
            fields.remove("authorizingPrescription");
            fields.remove("identifier");
            fields.insert(
                "whenHandedOver".into(),
                json!(format!("{:04}-{:02}", day.year(), day.month())),
            );
        }
        self.claims(resource);
    }

    /// A drug given in the hospital on one day (infusion, injection), as its receipt says.
    pub(super) fn given(&mut self, rx: &Rx, days_ago: u64) {
        let day = self.ago(days_ago);
        let (code, unit) = rx.drug.unit;
        self.claims(json!({
            "resourceType": "MedicationStatement",
            "contained": rx.place.contained(),
            "extension": rx.place.extensions(),
            "status": "completed",
            "category": {"text": "外来 注射"},
            "medicationCodeableConcept": rx.drug.concept(),
            "effectiveDateTime": day.to_string(),
            "dateAsserted": day.to_string(),
            "informationSource": rx.place.facility.reference(),
            "dosage": [{
                "text": rx.drug.usage,
                "route": {"text": "点滴静注"},
                "doseAndRate": [{"doseQuantity": {"value": written(rx.drug.dose), "unit": unit, "system": systems::DRUG_UNIT, "code": code}}]
            }]
        }));
    }

    /// A prescription that only a document of the record names.
    pub(super) fn in_document(&mut self, rx: &Rx, days_ago: u64) {
        let written = self.ago(days_ago);
        let request = with(
            rx.request(written),
            json!({"category": [{"text": "退院時処方"}]}),
        );
        self.emr(request);
    }
}
