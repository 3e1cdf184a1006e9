//! Birth dates as people write them: with a Japanese era or a western year, in any width.

use chrono::NaiveDate;

use super::text::normalised;

/// An era: how it is written, its first and last day, and the western year before its first.
struct Era {
    words: [&'static str; 3],
    first: (i32, u32, u32),
    last: (i32, u32, u32),
    year_zero: i32,
}

/// The eras of people who can still be alive, and 明治 for old registers. The last day of 昭和 and
/// of the eras before it is also the first of the next.
const ERAS: [Era; 5] = [
    Era {
        words: ["明治", "明", "M"],
        first: (1868, 1, 25),
        last: (1912, 7, 30),
        year_zero: 1867,
    },
    Era {
        words: ["大正", "大", "T"],
        first: (1912, 7, 30),
        last: (1926, 12, 25),
        year_zero: 1911,
    },
    Era {
        words: ["昭和", "昭", "S"],
        first: (1926, 12, 25),
        last: (1989, 1, 7),
        year_zero: 1925,
    },
    Era {
        words: ["平成", "平", "H"],
        first: (1989, 1, 8),
        last: (2019, 4, 30),
        year_zero: 1988,
    },
    Era {
        words: ["令和", "令", "R"],
        first: (2019, 5, 1),
        last: (9999, 12, 31),
        year_zero: 2018,
    },
];

impl Era {
    fn holds(&self, day: NaiveDate) -> bool {
        let date = |(year, month, day): (i32, u32, u32)| NaiveDate::from_ymd_opt(year, month, day);
        date(self.first).is_some_and(|first| first <= day)
            && date(self.last).is_some_and(|last| day <= last)
    }
}

/// Reads `S35.4.1`, `昭和35年4月1日`, `S350401`, `19600401`, `1960-04-01`, `1960/4/1`, in any width.
/// `None` for everything else: part-known dates, impossible days, days outside the era named.
///
/// ```
/// use emergency_summary::domain::birth_date;
///
/// assert_eq!(birth_date::parse("Ｓ３５．４．１"), birth_date::parse("1960-04-01"));
/// assert_eq!(birth_date::parse("昭和64年1月8日"), None);
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<NaiveDate> {
    let text: String = normalised(text)
        .to_uppercase()
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let with_era = ERAS.iter().find_map(|era| {
        era.words
            .iter()
            .find_map(|word| text.strip_prefix(word))
            .map(|rest| (era, rest))
    });
    let Some((era, rest)) = with_era else {
        let (year, month, day) = numbers(&text, 4)?;
        return NaiveDate::from_ymd_opt(year, month, day).filter(|_| year >= 1800);
    };
    let rest = rest.replacen('元', "1", 1);
    let (year, month, day) = numbers(rest.trim_start_matches('.'), 2)?;
    let day = NaiveDate::from_ymd_opt(era.year_zero.checked_add(year)?, month, day)?;
    (year >= 1 && era.holds(day)).then_some(day)
}

/// Year, month and day: three numbers with one separator between, or digits without any, the year
/// in exactly `year_digits`.
fn numbers(text: &str, year_digits: usize) -> Option<(i32, u32, u32)> {
    let text = text.strip_suffix('日').unwrap_or(text);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let (year, rest) = text.split_at_checked(year_digits)?;
        let (month, day) = rest.split_at_checked(2)?;
        return (day.len() == 2)
            .then(|| Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)))?;
    }
    let mut parts = text.split(is_separator).map(|part| {
        Some(part).filter(|part| {
            (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || year.len() > year_digits {
        return None;
    }
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

/// What stands between the numbers; the long-vowel mark is a hyphen typed in kana mode.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        '.' | '/' | '-' | '年' | '月' | '・' | '、' | ',' | 'ー' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_written_form_gives_its_day() {
        let forms = [
            ("S35.4.1", "1960-04-01"),
            ("s35/4/1", "1960-04-01"),
            ("S.35.4.1", "1960-04-01"),
            ("S350401", "1960-04-01"),
            ("昭和35年4月1日", "1960-04-01"),
            ("昭和 35年 4月 1日", "1960-04-01"),
            ("昭35.4.1", "1960-04-01"),
            ("㍼35年4月1日", "1960-04-01"),
            ("Ｓ３５．４．１", "1960-04-01"),
            ("昭和３５年４月１日", "1960-04-01"),
            ("19600401", "1960-04-01"),
            ("１９６００４０１", "1960-04-01"),
            ("1960-04-01", "1960-04-01"),
            ("1960ー04ー01", "1960-04-01"),
            ("１９６０－０４－０１", "1960-04-01"),
            ("1960/4/1", "1960-04-01"),
            ("1960.4.1", "1960-04-01"),
            ("1960年4月1日", "1960-04-01"),
            (" 1960-04-01 ", "1960-04-01"),
            ("R7.11.20", "2025-11-20"),
            ("令和元年5月1日", "2019-05-01"),
            ("平成元年1月8日", "1989-01-08"),
            ("H31.4.30", "2019-04-30"),
            ("昭和64年1月7日", "1989-01-07"),
            ("T15.12.25", "1926-12-25"),
            ("大正15年12月25日", "1926-12-25"),
            ("S1.12.25", "1926-12-25"),
            ("明治45年7月30日", "1912-07-30"),
            ("H12.2.29", "2000-02-29"),
        ];
        for (form, day) in forms {
            assert_eq!(parse(form), day.parse().ok(), "{form}");
        }
    }

    #[test]
    fn what_is_no_whole_day_is_refused() {
        let forms = [
            "",
            "昭和",
            "S35",
            "S35.4",
            "1960",
            "1960-04",
            "1960-13-01",
            "1960-02-30",
            "H13.2.29",
            "昭和64年1月8日",
            "H31.5.1",
            "R0.5.1",
            "S0.1.1",
            "196041",
            "60/4/1",
            "0060-04-01",
            "1960-4-1-2",
            "1960--04-01",
            "4/1/1960",
            "S99.1.1",
            "X35.4.1",
            "山田",
            "1960-04-01T00:00",
            "99999999999999999999",
            "平成元年元月1日",
        ];
        for form in forms {
            assert_eq!(parse(form), None, "{form}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,20}") {
            prop_assert_eq!(parse(&text), parse(&format!(" {text}")));
        }

        #[test]
        fn a_western_day_survives_every_western_form(days in 0_i32..60_000) {
            let day = NaiveDate::from_ymd_opt(1868, 1, 25).unwrap()
                + chrono::Duration::days(i64::from(days));
            for form in ["%Y%m%d", "%Y-%m-%d", "%Y/%-m/%-d", "%Y年%-m月%-d日"] {
                prop_assert_eq!(parse(&day.format(form).to_string()), Some(day));
            }
        }
    }
}
