//! Who a synthetic patient is: the constants of a story, and the Patient that each source sends.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde_json::{Value, json};

use crate::domain::patient::Sex;

use super::{DemoPatient, systems};

/// A birth date that follows from the day of the run, so that ages never change.
#[derive(Clone, Copy, Debug)]
pub(super) enum Birth {
    /// So many years and days before today.
    Ago(u32, u64),
    /// Only the year is known: so many years before this one.
    YearOnly(i32),
}

/// The constants of a person; `..NOBODY` fills what does not matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    /// Family name and given names, separated by a space; a newborn has a family name only.
    pub(super) name: &'static str,
    /// The same in kana; may be empty.
    pub(super) kana: &'static str,
    /// 通称名
    pub(super) usual_name: Option<&'static str>,
    pub(super) birth: Birth,
    pub(super) sex: Sex,
    /// Prefecture, city or ward, the rest.
    pub(super) address: [&'static str; 3],
    /// Insurer, symbol, number, branch.
    pub(super) member: [&'static str; 4],
    pub(super) public_payer: bool,
    pub(super) telephone: &'static str,
    pub(super) contact: Option<[&'static str; 2]>,
    /// Days since a recorded death.
    pub(super) dead_for: Option<u64>,
}

/// What most people share.
pub(super) const NOBODY: Person = Person {
    name: "",
    kana: "",
    usual_name: None,
    birth: Birth::Ago(50, 100),
    sex: Sex::Unknown,
    address: ["東京都", "墨田区", ""],
    member: ["", "", "", ""],
    public_payer: false,
    telephone: "090-0000-0000",
    contact: None,
    dead_for: None,
};

impl Birth {
    /// The date as sent.
    pub(super) fn date(self, today: NaiveDate) -> String {
        match self {
            Self::Ago(years, days) => years_before(today, years)
                .checked_sub_days(Days::new(days))
                .unwrap_or(today)
                .to_string(),
            Self::YearOnly(years) => format!("{:04}", today.year() - years),
        }
    }

    /// The rule in words.
    pub(super) fn rule(self) -> String {
        match self {
            Self::Ago(0, days) => format!("実行日の{days}日前（生後{days}日）"),
            Self::Ago(years, days) => format!("実行日の{years}年と{days}日前（{years}歳）"),
            Self::YearOnly(years) => format!("実行年の{years}年前、月日不詳"),
        }
    }
}

/// The same day so many years earlier (28 February for 29).
pub(super) fn years_before(today: NaiveDate, years: u32) -> NaiveDate {
    today
        .checked_sub_months(Months::new(years.saturating_mul(12)))
        .unwrap_or(today)
}

impl Person {
    /// The person on the day of the run.
    pub(super) fn on(&self, today: NaiveDate) -> DemoPatient {
        let [state, city, rest] = self.address;
        let [insurer, symbol, number, branch] = self.member.map(str::to_owned);
        DemoPatient {
            name: self.name.to_owned(),
            kana: self.kana.to_owned(),
            usual_name: self.usual_name.map(str::to_owned),
            birth_date: self.birth.date(today),
            birth_rule: self.birth.rule(),
            sex: self.sex,
            address: format!("{state}{city}{rest}"),
            town: [state.to_owned(), city.to_owned()],
            telephone: self.telephone.to_owned(),
            contact: self.contact.map(|pair| pair.map(str::to_owned)),
            death: self
                .dead_for
                .and_then(|days| today.checked_sub_days(Days::new(days))),
            public_payer: self.public_payer,
            insurer,
            symbol,
            number,
            branch,
            story: String::new(),
            lines: Vec::new(),
        }
    }
}

/// The Patient that a source sends, under the source's own id.
pub(super) fn patient_resource(patient: &DemoPatient, id: &str) -> Value {
    let mut names = vec![name(&patient.name, "IDE", "official")];
    if !patient.kana.is_empty() {
        names.push(name(&patient.kana, "SYL", "official"));
    }
    if let Some(usual) = &patient.usual_name {
        names.push(name(usual, "IDE", "usual"));
    }
    let [state, city] = &patient.town;
    let mut resource = json!({
        "resourceType": "Patient",
        "id": id,
        "meta": {"profile": ["http://jpfhir.jp/fhir/eCS/StructureDefinition/JP_Patient_eCS|1.10.0"]},
        "identifier": [{"system": patient.member_system(), "value": patient.member_value()}],
        "active": true,
        "name": names,
        "telecom": [{"system": "phone", "value": patient.telephone, "use": "mobile"}],
        "gender": patient.sex,
        "birthDate": patient.birth_date,
        "address": [{"use": "home", "text": patient.address, "state": state, "city": city, "country": "JP"}]
    });
    if let Some(fields) = resource.as_object_mut() {
        if let Some([who, telephone]) = &patient.contact {
            fields.insert(
                "contact".into(),
                json!([{
                    "relationship": [{"text": who}],
                    "telecom": [{"system": "phone", "value": telephone}]
                }]),
            );
        }
        if let Some(day) = patient.death {
            fields.insert("deceasedDateTime".into(), json!(day.to_string()));
        }
    }
    resource
}

fn name(text: &str, representation: &str, usage: &str) -> Value {
    let mut parts = text.split(' ');
    let family = parts.next().unwrap_or_default();
    let given: Vec<&str> = parts.collect();
    let mut name = json!({
        "extension": [{"url": systems::NAME_REPRESENTATION, "valueCode": representation}],
        "use": usage,
        "text": text,
        "family": family
    });
    if let (Some(fields), false) = (name.as_object_mut(), given.is_empty()) {
        fields.insert("given".into(), json!(given));
    }
    name
}
