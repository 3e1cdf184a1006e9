//! Who lives and works around the drill's hospital. Nobody in here exists.

use chrono::NaiveDate;

use crate::domain::{
    access::{Person, Role},
    date::Date,
    patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, Patient, Sex},
};

use super::dice::Dice;

const FAMILIES: [&str; 40] = [
    "佐藤",
    "鈴木",
    "高橋",
    "田中",
    "伊藤",
    "渡辺",
    "山本",
    "中村",
    "小林",
    "加藤",
    "吉田",
    "山田",
    "佐々木",
    "山口",
    "松本",
    "井上",
    "木村",
    "林",
    "斎藤",
    "清水",
    "山崎",
    "森",
    "池田",
    "橋本",
    "阿部",
    "石川",
    "山下",
    "中島",
    "石井",
    "小川",
    "前田",
    "岡田",
    "長谷川",
    "藤田",
    "後藤",
    "近藤",
    "村上",
    "遠藤",
    "青木",
    "坂本",
];
const GIVEN: [&str; 32] = [
    "誠",
    "茂",
    "清",
    "勝",
    "進",
    "実",
    "博",
    "正",
    "隆",
    "修",
    "豊",
    "健",
    "翔",
    "蓮",
    "陽斗",
    "湊",
    "和子",
    "洋子",
    "節子",
    "幸子",
    "京子",
    "恵子",
    "久美子",
    "由美",
    "直美",
    "愛",
    "舞",
    "彩",
    "結衣",
    "葵",
    "凛",
    "陽菜",
];
const TOWNS: [&str; 8] = [
    "千葉県柏市",
    "千葉県流山市",
    "千葉県野田市",
    "千葉県我孫子市",
    "千葉県松戸市",
    "千葉県鎌ケ谷市",
    "茨城県取手市",
    "茨城県守谷市",
];
/// Households around the hospital.
const HOUSEHOLDS: usize = 1_500;

/// Somebody.
#[derive(Clone, Debug)]
pub(super) struct Citizen {
    pub(super) name: String,
    pub(super) birth: NaiveDate,
    pub(super) town: &'static str,
    pub(super) number: String,
    pub(super) branch: String,
    /// Which household.
    pub(super) household: usize,
}

impl Citizen {
    pub(super) fn person(&self) -> Option<Person> {
        Some(Person {
            number: MemberNumber::new("06129999", "", &self.number, &self.branch)?,
            system: MEMBER_NUMBER_SYSTEM.to_owned(),
            patient: Some(Patient {
                name: Some(self.name.clone()),
                sex: Some(Sex::Unknown),
                birth_date: Some(Date::Day(self.birth)),
                town: Some(self.town.to_owned()),
                ..Patient::default()
            }),
        })
    }
}

/// Somebody who works at the hospital, and who he is as a patient.
#[derive(Clone, Debug)]
pub(super) struct Employee {
    pub(super) id: String,
    pub(super) role: Role,
    pub(super) citizen: usize,
}

/// Everybody.
pub(super) struct Town {
    pub(super) citizens: Vec<Citizen>,
    pub(super) staff: Vec<Employee>,
    /// On the sealed list.
    pub(super) protected: Vec<usize>,
    /// Those who do not exist.
    pub(super) decoys: Vec<usize>,
    /// Those of whom nothing is special: whom emergencies happen to.
    pub(super) others: Vec<usize>,
}

/// Who is not one of the others, at the beginning of the list: staff, protected, decoys.
const STAFF: usize = 26;
const PROTECTED: usize = 8;
const DECOYS: usize = 8;

impl Town {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let mut citizens = Vec::new();
        let mut heads = Vec::new();
        for household in 0..HOUSEHOLDS {
            heads.push(citizens.len());
            // Frequent names are frequent: the product of two throws leans to the front.
            let family = dice.below(FAMILIES.len()) * dice.below(FAMILIES.len()) / FAMILIES.len();
            let family = FAMILIES.get(family).copied().unwrap_or_default();
            let town = dice.one(&TOWNS).copied().unwrap_or_default();
            for member in 1..=dice.between(1, 4) {
                let given = dice.one(&GIVEN).copied().unwrap_or_default();
                let days = dice.between(0, 80 * 365);
                let first = NaiveDate::from_ymd_opt(1935, 1, 1).unwrap_or_default();
                citizens.push(Citizen {
                    name: format!("{family} {given}"),
                    birth: first + chrono::TimeDelta::days(days),
                    town,
                    number: (10_000 + household).to_string(),
                    branch: format!("{member:02}"),
                    household,
                });
            }
        }
        let mut heads = heads.into_iter();
        let staff = staff(heads.by_ref().take(STAFF));
        let protected = heads.by_ref().take(PROTECTED).collect();
        let decoys = heads.by_ref().take(DECOYS).collect();
        let special = STAFF + PROTECTED + DECOYS;
        let others = citizens.iter().enumerate();
        let others = others
            .filter(|(_, citizen)| citizen.household >= special)
            .map(|(number, _)| number)
            .collect();
        Self {
            citizens,
            staff,
            protected,
            decoys,
            others,
        }
    }

    pub(super) fn citizen(&self, number: usize) -> Option<&Citizen> {
        self.citizens.get(number)
    }

    /// The others of somebody's household.
    pub(super) fn family(&self, number: usize) -> Vec<usize> {
        let household = self.citizen(number).map(|one| one.household);
        let all = self.citizens.iter().enumerate();
        all.filter(|(other, one)| *other != number && Some(one.household) == household)
            .map(|(other, _)| other)
            .collect()
    }
}

/// Half physicians, half nurses, as an emergency department has them.
fn staff(citizens: impl Iterator<Item = usize>) -> Vec<Employee> {
    citizens
        .enumerate()
        .map(|(number, citizen)| Employee {
            id: format!("staff-{number:02}"),
            role: if number % 2 == 0 {
                Role::Physician
            } else {
                Role::Nurse
            },
            citizen,
        })
        .collect()
}
