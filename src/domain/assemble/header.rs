//! The identity banner: names, dates in both calendars, age, records of death.

use chrono::{Datelike, Months, NaiveDate};

use crate::domain::{
    date::Date,
    patient::Patient,
    section::Language,
    summary::{Header, Notice, Tone},
    words,
};

/// The banner's data. `reference` names the patient in the data read, `from` is the source's name.
pub(super) fn header(
    reference: Option<String>,
    patient: Option<&Patient>,
    as_of: NaiveDate,
    language: Language,
    from: &str,
) -> Header {
    let Some(patient) = patient else {
        return Header {
            reference,
            ..Header::default()
        };
    };
    let text = words::patient::words(language);
    let death = patient
        .death
        .map(|death| words::patient::death(death, from, language));
    Header {
        reference,
        name: patient.name.clone(),
        kana: patient.kana.clone(),
        usual_name: patient.usual_name.clone(),
        sex: patient.sex,
        birth_date: patient.birth_date.map(|date| date.to_string()),
        birth_date_japanese: patient.birth_date.and_then(in_japanese_calendar),
        age: patient
            .birth_date
            .and_then(|birth| age(birth, as_of, language)),
        member_number_tail: patient.member_numbers().next().map(|number| number.tail()),
        death,
        contacts: patient
            .contacts
            .iter()
            .map(|contact| {
                let who = match contact.who.as_deref() {
                    None => text.own_telephone,
                    Some("") => text.unknown_relation,
                    Some(who) => who,
                };
                let is_over = contact.until.is_some_and(|end| end.last_day() < as_of);
                let former = (contact.former || is_over).then_some(text.former_telephone);
                let parts = former.into_iter().chain([who, contact.telephone.as_str()]);
                parts.collect::<Vec<_>>().join(" ")
            })
            .collect(),
    }
}

/// A date in the Japanese calendar (昭和35年4月1日), where its day is known.
#[must_use]
pub fn in_japanese_calendar(date: Date) -> Option<String> {
    match date {
        Date::Day(day) => japanese_date(day),
        Date::Instant(_) => japanese_date(date.first_day()),
        Date::Year(_) | Date::Month(_) => None,
    }
}

/// A day in the Japanese calendar. Eras begin on the day of their proclamation; before 1873 the
/// civil calendar was another one.
pub(super) fn japanese_date(day: NaiveDate) -> Option<String> {
    const ERAS: [(&str, (i32, u32, u32), i32); 5] = [
        ("令和", (2019, 5, 1), 2019),
        ("平成", (1989, 1, 8), 1989),
        ("昭和", (1926, 12, 25), 1926),
        ("大正", (1912, 7, 30), 1912),
        ("明治", (1873, 1, 1), 1868),
    ];
    let (name, _, first) = ERAS.iter().find(|(_, (year, month, first), _)| {
        (day.year(), day.month(), day.day()) >= (*year, *month, *first)
    })?;
    let year = match day.year() - first + 1 {
        1 => "元".to_owned(),
        year => year.to_string(),
    };
    Some(format!("{name}{year}年{}月{}日", day.month(), day.day()))
}

/// Age in words: days in the first 28 days (and to the end of the first month), months
/// under 3 years, else years; a range where the birth date
/// is not fully known. `None` for a birth date after `as_of`.
pub(super) fn age(birth: Date, as_of: NaiveDate, language: Language) -> Option<String> {
    let text = words::patient::words(language);
    let (first, last) = (birth.first_day(), birth.last_day());
    let oldest = as_of.years_since(first)?;
    if first != last {
        let youngest = as_of.years_since(last).unwrap_or(0);
        return Some(if youngest == oldest {
            (text.years)(oldest)
        } else {
            (text.years_between)(youngest, oldest)
        });
    }
    let days = u32::try_from(as_of.signed_duration_since(first).num_days()).ok()?;
    if days < 28 {
        return Some((text.days)(days));
    }
    if oldest >= 3 {
        return Some((text.years)(oldest));
    }
    let months = (0..=35).rev().find(|months| {
        first
            .checked_add_months(Months::new(*months))
            .is_some_and(|day| day <= as_of)
    })?;
    Some(if months == 0 {
        (text.days)(days)
    } else {
        (text.months)(months)
    })
}

/// The banner's sentence for a record of death.
pub(super) fn death_notice(text: &str) -> Notice {
    Notice {
        tone: Tone::Danger,
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::patient::{Contact, Death, Identifier, MEMBER_NUMBER_SYSTEM};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn eras_begin_on_their_own_day() {
        for (date, expected) in [
            ("2019-05-01", "令和元年5月1日"),
            ("2019-04-30", "平成31年4月30日"),
            ("1989-01-08", "平成元年1月8日"),
            ("1989-01-07", "昭和64年1月7日"),
            ("1960-04-01", "昭和35年4月1日"),
            ("1926-12-25", "昭和元年12月25日"),
            ("1926-12-24", "大正15年12月24日"),
            ("1912-07-30", "大正元年7月30日"),
            ("1912-07-29", "明治45年7月29日"),
        ] {
            assert_eq!(
                japanese_date(day(date)).as_deref(),
                Some(expected),
                "{date}"
            );
        }
        assert_eq!(japanese_date(day("1872-12-31")), None);
    }

    #[test]
    fn ages_are_in_years_months_or_days() {
        for (birth, as_of, expected) in [
            ("1960-04-01", "2026-03-31", Some("65歳")),
            ("1960-04-01", "2026-04-01", Some("66歳")),
            ("2023-11-22", "2026-11-22", Some("3歳")),
            ("2023-11-23", "2026-11-22", Some("生後35か月")),
            ("2026-10-25", "2026-11-22", Some("生後28日")),
            ("2026-10-26", "2026-11-22", Some("生後27日")),
            ("2026-11-22", "2026-11-22", Some("生後0日")),
            ("2026-11-23", "2026-11-22", None),
            ("1960", "2026-11-22", Some("65～66歳")),
            ("1960-04", "2026-11-22", Some("66歳")),
            ("2024-02-29", "2027-02-28", Some("生後35か月")),
        ] {
            let birth = Date::parse(birth).unwrap();
            assert_eq!(
                age(birth, day(as_of), Language::Ja).as_deref(),
                expected,
                "{birth} {as_of}"
            );
        }
    }

    #[test]
    fn a_telephone_that_is_no_longer_in_use_says_so() {
        let contact = |who: Option<&str>, former: bool, until: Option<&str>| Contact {
            who: who.map(str::to_owned),
            telephone: "03-1".to_owned(),
            former,
            until: until.and_then(Date::parse),
        };
        let patient = Patient {
            contacts: vec![
                contact(None, false, Some("2026-01-02")),
                contact(None, true, None),
                contact(None, false, Some("2020-01-01")),
                contact(Some(""), false, None),
            ],
            ..Patient::default()
        };
        let header = header(None, Some(&patient), day("2026-01-01"), Language::Ja, "");
        assert_eq!(
            header.contacts,
            ["本人 03-1", "旧 本人 03-1", "旧 本人 03-1", "続柄不明 03-1"]
        );
    }

    #[test]
    fn only_the_tail_of_the_member_number_is_shown() {
        let patient = Patient {
            identifiers: vec![Identifier {
                system: Some(MEMBER_NUMBER_SYSTEM.to_owned()),
                value: "00012345:あいう:１２３４５６７８:05".to_owned(),
            }],
            death: Some(Death::On(Date::parse("2025-04-23").unwrap())),
            ..Patient::default()
        };
        let header = header(
            None,
            Some(&patient),
            day("2026-01-01"),
            Language::Ja,
            "電子カルテ情報共有サービス",
        );
        assert_eq!(header.member_number_tail.as_deref(), Some("****5678"));
        assert_eq!(
            header.death.as_deref(),
            Some("死亡の記録あり（2025-04-23・電子カルテ情報共有サービス）― 患者違いの可能性")
        );
    }
}
