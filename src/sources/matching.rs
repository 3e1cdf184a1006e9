//! Whether a patient that a source sent is the person who was asked for.

use crate::domain::{
    access::Person,
    date::Date,
    name,
    patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, PUBLIC_PAYER_SYSTEM, Patient, Sex},
    prefecture,
    record::{Content, Record},
    text::folded,
};

/// The patient a record holds, where it is a Patient.
#[must_use]
pub fn patient_of(record: &Record) -> Option<&Patient> {
    match &record.content {
        Content::Patient(patient) => Some(patient),
        Content::Allergy(_)
        | Content::Problem(_)
        | Content::Observation(_)
        | Content::Medication(_)
        | Content::Procedure(_)
        | Content::Visit(_)
        | Content::Document(_)
        | Content::NotForThisScreen { .. }
        | Content::Unreadable { .. } => None,
    }
}

/// The insurance numbers of a patient with their naming systems; `system` is accepted besides the
/// nation's own.
pub(super) fn numbers<'a>(
    patient: &'a Patient,
    system: &'a str,
) -> impl Iterator<Item = (&'a str, MemberNumber)> {
    patient.identifiers.iter().filter_map(move |identifier| {
        let sent = identifier.system.as_deref()?;
        (sent == system || sent == MEMBER_NUMBER_SYSTEM || sent == PUBLIC_PAYER_SYSTEM)
            .then(|| MemberNumber::parse(&identifier.value))
            .flatten()
            .map(|number| (sent, number))
    })
}

/// Whether `found` is `person`: the same household number and branch, and nothing that both sides
/// know contradicts. Where neither side has a branch the number is the whole family's, and twins of
/// one sex differ by nothing but their names: another name is another person. Where only one side
/// has a branch the number alone could be any member of the family, so name, birth date and sex must
/// all be known and agree. A branch that differs is usually another member: only where name, kana,
/// birth date and sex are all present and equal it is the same person, and the screen says so (B2).
#[must_use]
pub fn is_same_person(person: &Person, found: &Patient) -> bool {
    let known = person.patient.as_ref();
    if known.is_some_and(|known| contradicts(known, found)) {
        return false;
    }
    let mut one_sided = false;
    let mut familys = false;
    let mut differs = false;
    for (system, number) in numbers(found, &person.system) {
        if !number.same_household(&person.number) {
            continue;
        }
        match (number.branch.is_empty(), person.number.branch.is_empty()) {
            // A public payer's number is one person's.
            (true, true) if system != PUBLIC_PAYER_SYSTEM => familys = true,
            (true, true) => return true,
            (false, false) if number.branch == person.number.branch => return true,
            (false, false) => differs = true,
            (true, false) | (false, true) => one_sided = true,
        }
    }
    if familys {
        return known.is_none_or(|known| !has_another_name(known, found));
    }
    known.is_some_and(|known| {
        (one_sided && agrees(known, found)) || (differs && known.agrees_wholly(found))
    })
}

fn contradicts(known: &Patient, found: &Patient) -> bool {
    let sex = matches!(
        (known.sex, found.sex),
        (Some(one), Some(other)) if one != other && one != Sex::Unknown && other != Sex::Unknown
    );
    if sex {
        return true;
    }
    match (known.birth_date, found.birth_date) {
        (Some(one), Some(other)) => !can_be_equal(one, other),
        // Names change and are written in many ways; but without a birth date they are all there
        // is.
        _ => known.shares_a_name(found) == Some(false),
    }
}

fn agrees(known: &Patient, found: &Patient) -> bool {
    let dates = matches!(
        (known.birth_date, found.birth_date),
        (Some(one), Some(other)) if can_be_equal(one, other)
    );
    let sexes = matches!(
        (known.sex, found.sex),
        (Some(one), Some(other)) if one == other && one != Sex::Unknown
    );
    dates && sexes && known.shares_a_name(found) == Some(true)
}

/// Part-known dates agree where they can mean the same day.
pub(super) fn can_be_equal(one: Date, other: Date) -> bool {
    one.first_day() <= other.last_day() && other.first_day() <= one.last_day()
}

/// Whether both sides write the name in the same way, and not one spelling of it is shared. A name
/// in kanji alone says nothing against one in kana alone.
fn has_another_name(one: &Patient, other: &Patient) -> bool {
    let is_comparable = (one.kana.is_some() && other.kana.is_some())
        || (one.name.is_some() && other.name.is_some());
    is_comparable && one.shares_a_name(other) == Some(false)
}

/// Whether a hit of the search by four attributes carries them: the birth date as far as the hit
/// knows it, the sex where the hit has one, and the whole name in one of its spellings, its parts in
/// any order. Only the address is loose ([`lives_elsewhere`]).
///
/// A name in Latin letters is one of the spellings only where it was sent. None is made from kana:
/// the usual ways of writing Japanese in Latin letters drop the length of vowels, so that オノ and
/// オオノ would be one name.
pub(super) fn has_attributes(
    found: &Patient,
    name: &str,
    birth_date: chrono::NaiveDate,
    sex: &str,
) -> bool {
    let born = found
        .birth_date
        .is_some_and(|date| can_be_equal(date, Date::Day(birth_date)));
    let same_sex = match found.sex {
        None | Some(Sex::Unknown) => true,
        Some(Sex::Male) => sex == "male",
        Some(Sex::Female) => sex == "female",
        Some(Sex::Other) => sex == "other",
    };
    // A newborn without any name is told apart by what else is known.
    let named = found.searched_by().next().is_none()
        || found.searched_by().any(|spelling| is_whole(spelling, name));
    born && same_sex && named && !name::folded(name).is_empty()
}

/// Whether what was typed is all of a name. Each part is found at a place of its own, and nothing is
/// left over.
fn is_whole(spelling: &str, typed: &str) -> bool {
    let mut rest = name::folded(spelling);
    let parts = typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、'));
    let mut parts: Vec<String> = parts.map(name::folded).collect();
    if parts.concat() == rest {
        return true;
    }
    // The longest first: a short part may stand within a long one.
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !rest.contains(part.as_str()) {
            return false;
        }
        // What stands on both sides of a part must not become one.
        rest = rest.replacen(part.as_str(), "\0", 1);
    }
    rest.chars().all(|c| c == '\0')
}

/// Whether the address a hit sends can be the one asked for.
#[must_use]
pub fn lives_there(found: &Patient, address: &str) -> bool {
    let asked = folded(address);
    !asked.is_empty()
        && found.address.as_deref().map(folded).is_some_and(|sent| {
            sent.contains(&asked) || (!sent.is_empty() && asked.contains(&sent))
        })
}

/// Whether both addresses say their prefectures and these differ.
pub(super) fn lives_elsewhere(found: &Patient, address: &str) -> bool {
    let sent = found.address.as_deref().and_then(prefecture::of);
    let sent = sent.or_else(|| found.town.as_deref().and_then(prefecture::of));
    matches!((sent, prefecture::of(address)), (Some(sent), Some(asked)) if sent != asked)
}

#[cfg(test)]
mod tests {
    use super::{has_attributes, is_same_person, lives_elsewhere};
    use crate::domain::{
        access::Person,
        date::Date,
        patient::{
            Identifier, MEMBER_NUMBER_SYSTEM, MemberNumber, PUBLIC_PAYER_SYSTEM, Patient, Sex,
        },
    };

    fn patient(number: &str, born: Option<&str>, sex: Option<Sex>, name: Option<&str>) -> Patient {
        Patient {
            name: name.map(str::to_owned),
            sex,
            birth_date: born.and_then(Date::parse),
            identifiers: vec![Identifier {
                system: Some(MEMBER_NUMBER_SYSTEM.to_owned()),
                value: number.to_owned(),
            }],
            ..Patient::default()
        }
    }

    fn person(number: &str, known: Option<Patient>) -> Person {
        Person {
            number: MemberNumber::parse(number).unwrap(),
            system: MEMBER_NUMBER_SYSTEM.to_owned(),
            patient: known,
        }
    }

    const MALE: Option<Sex> = Some(Sex::Male);
    const FEMALE: Option<Sex> = Some(Sex::Female);
    const BORN: Option<&str> = Some("1960-04-01");

    const NONE: Option<&str> = None;
    const NAME: Option<&str> = Some("山田 太郎");

    type Row = (
        &'static str,
        &'static str,
        Option<&'static str>,
        Option<Sex>,
        Option<&'static str>,
        bool,
    );

    /// What a source sends of a patient, and whether that is `1:あ:7:05`, 山田 太郎.
    const TABLE: &[Row] = &[
        (
            "full-width sent",
            "00000001:ア:７:05",
            BORN,
            MALE,
            NONE,
            true,
        ),
        ("other branch", "1:あ:7:06", BORN, MALE, NAME, false),
        ("other number", "1:あ:8:05", BORN, MALE, NAME, false),
        ("other symbol", "1:い:7:05", BORN, MALE, NAME, false),
        (
            "other birth date",
            "1:あ:7:05",
            Some("1960-04-02"),
            MALE,
            NONE,
            false,
        ),
        ("other sex", "1:あ:7:05", BORN, FEMALE, NONE, false),
        ("year only", "1:あ:7:05", Some("1960"), MALE, NONE, true),
        ("other year", "1:あ:7:05", Some("1961"), MALE, NONE, false),
        (
            "sex unknown",
            "1:あ:7:05",
            BORN,
            Some(Sex::Unknown),
            NONE,
            true,
        ),
        (
            "other kanji",
            "1:あ:7:05",
            BORN,
            MALE,
            Some("山田 太朗"),
            true,
        ),
        (
            "only a name, other",
            "1:あ:7:05",
            NONE,
            None,
            Some("鈴木"),
            false,
        ),
        (
            "only a name, same",
            "1:あ:7:05",
            NONE,
            None,
            Some("山田太郎"),
            true,
        ),
        (
            "no branch, all agrees",
            "1:あ:7:",
            BORN,
            MALE,
            Some("山田太郎"),
            true,
        ),
        ("no branch, no name", "1:あ:7:", BORN, MALE, NONE, false),
        (
            "no branch, twin",
            "1:あ:7:",
            BORN,
            MALE,
            Some("山田 次郎"),
            false,
        ),
    ];

    #[test]
    fn only_the_same_number_branch_and_nothing_contradicting_is_the_same_person() {
        let asked = person("1:あ:7:05", Some(patient("1:あ:7:05", BORN, MALE, NAME)));
        for (case, number, born, sex, name, same) in TABLE {
            let found = patient(number, *born, *sex, *name);
            assert_eq!(is_same_person(&asked, &found), *same, "{case}");
        }
    }

    type Change = fn(&mut Patient);

    #[test]
    fn a_differing_branch_is_the_same_person_only_where_all_attributes_are_there_and_equal() {
        let whole = || Patient {
            kana: Some("ヤマダ タロウ".to_owned()),
            ..patient("1:あ:7:05", BORN, MALE, Some("髙田 太郎"))
        };
        let asked = person("1:あ:7:05", Some(whole()));
        let sent = |change: fn(&mut Patient)| {
            let mut sent = Patient {
                identifiers: patient("1:あ:7:02", None, None, None).identifiers,
                name: Some("高田　太郎".to_owned()),
                kana: Some("ﾔﾏﾀﾞ ﾀﾛｳ".to_owned()),
                ..whole()
            };
            change(&mut sent);
            sent
        };
        let table: [(&str, Change, bool); 11] = [
            ("all equal", |_| {}, true),
            ("no name", |sent| sent.name = None, false),
            ("no kana", |sent| sent.kana = None, false),
            ("no birth date", |sent| sent.birth_date = None, false),
            ("no sex", |sent| sent.sex = None, false),
            ("sex unknown", |sent| sent.sex = Some(Sex::Unknown), false),
            (
                "year only",
                |sent| sent.birth_date = Date::parse("1960"),
                false,
            ),
            (
                "another day",
                |sent| sent.birth_date = Date::parse("1960-04-02"),
                false,
            ),
            (
                "the son",
                |sent| sent.name = Some("高田 太朗".to_owned()),
                false,
            ),
            (
                "another kana",
                |sent| sent.kana = Some("タカダ タロウ".to_owned()),
                false,
            ),
            (
                "another number besides",
                |sent| {
                    sent.identifiers = patient("1:あ:8:05", None, None, None).identifiers;
                },
                false,
            ),
        ];
        for (case, change, same) in table {
            assert_eq!(is_same_person(&asked, &sent(change)), same, "{case}");
        }
        let unconfirmed = person("1:あ:7:05", None);
        assert!(
            !is_same_person(&unconfirmed, &sent(|_| {})),
            "nothing to compare with"
        );
    }

    #[test]
    fn on_the_number_alone_the_branch_must_be_the_same() {
        let asked = person("1:あ:7:05", None);
        for (number, same) in [
            ("1:あ:7:05", true),
            ("1:あ:7:", false),
            ("1:あ:7:06", false),
        ] {
            let found = patient(number, BORN, MALE, NAME);
            assert_eq!(is_same_person(&asked, &found), same, "{number}");
        }
    }

    #[test]
    fn without_a_branch_on_either_side_the_number_is_the_same() {
        let found = patient("12345678::1234567:", BORN, MALE, None);
        assert!(is_same_person(&person("12345678::1234567:", None), &found));
        let member = patient("12345678::1234567:01", BORN, MALE, None);
        assert!(!is_same_person(
            &person("12345678::1234567:", None),
            &member
        ));
    }

    #[test]
    fn twins_under_a_number_without_branch_are_told_apart_by_their_names() {
        let number = "12345678:あ:7:";
        let twin = person(number, Some(patient(number, BORN, MALE, NAME)));
        let kana_only = Patient {
            kana: Some("ヤマダ ジロウ".to_owned()),
            ..patient(number, BORN, MALE, None)
        };
        for (case, found, same) in [
            ("himself", patient(number, BORN, MALE, NAME), true),
            (
                "his twin",
                patient(number, BORN, MALE, Some("山田 次郎")),
                false,
            ),
            ("without a name", patient(number, BORN, MALE, None), true),
            ("in another script", kana_only, true),
        ] {
            assert_eq!(is_same_person(&twin, &found), same, "{case}");
        }
        // One person's own number stays his when his name changes.
        let aided = |name| Patient {
            identifiers: vec![Identifier {
                system: Some(PUBLIC_PAYER_SYSTEM.to_owned()),
                value: "12131018::7654321:".to_owned(),
            }],
            ..patient("", BORN, FEMALE, name)
        };
        let person = Person {
            number: MemberNumber::parse("12131018::7654321:").unwrap(),
            system: PUBLIC_PAYER_SYSTEM.to_owned(),
            patient: Some(aided(Some("田中 花"))),
        };
        assert!(is_same_person(&person, &aided(Some("佐藤 花"))));
    }

    #[test]
    fn a_hit_by_four_attributes_carries_them() {
        let mut found = patient("1::7:05", BORN, MALE, Some("山田 太郎"));
        found.kana = Some("ヤマダ タロウ".to_owned());
        let day = chrono::NaiveDate::from_ymd_opt(1960, 4, 1).unwrap();
        for (name, sex, carried) in [
            ("山田 太郎", "male", true),
            ("太郎　山田", "male", true),
            ("たろう やまだ", "male", true),
            ("ﾔﾏﾀﾞ ﾀﾛｳ", "male", true),
            ("山田太郎", "male", true),
            ("山田 太", "male", false),
            ("山田", "male", false),
            ("山田 太郎 太郎", "male", false),
            ("山田 タロウ", "male", false),
            ("山田 太郎", "unknown", false),
            ("山田　太郞", "male", true),
            ("山田 花子", "male", false),
            ("・", "male", false),
            ("・ 　･", "male", false),
            ("山田 ・ 太郎", "male", true),
            ("山田 太郎", "female", false),
        ] {
            assert_eq!(
                has_attributes(&found, name, day, sex),
                carried,
                "{name} {sex}"
            );
        }
        assert!(!has_attributes(
            &found,
            "山田 太郎",
            day.succ_opt().unwrap(),
            "male"
        ));
        // Latin letters are compared with what was sent in them, never with kana.
        let (typed, turned) = ("YAMADA TARO", "Taro Yamada");
        assert!(!has_attributes(&found, typed, day, "male"));
        found.latin = Some("YAMADA TARO".to_owned());
        assert!(has_attributes(&found, typed, day, "male"));
        assert!(has_attributes(&found, turned, day, "male"));
    }

    #[test]
    fn only_below_the_prefecture_an_address_is_loose() {
        let at = |address: &str| Patient {
            address: Some(address.to_owned()),
            ..Patient::default()
        };
        for (sent, asked, elsewhere) in [
            ("千葉県千葉市中央区1-1", "千葉県船橋市", false),
            ("千葉県千葉市中央区1-1", "千葉", false),
            ("千葉県千葉市中央区1-1", "東京都千代田区", true),
            ("千葉市中央区1-1", "東京都千代田区", false),
            ("千葉県千葉市中央区1-1", "", false),
        ] {
            assert_eq!(
                lives_elsewhere(&at(sent), asked),
                elsewhere,
                "{sent} {asked}"
            );
        }
        assert!(!lives_elsewhere(&Patient::default(), "千葉県"));
    }
}
