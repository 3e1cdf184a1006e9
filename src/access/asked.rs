//! What a search asks: the form, read.

use super::{Field, Found, LaunchKey, Searching, Wrong};
use crate::{
    domain::{
        access::FoundBy,
        birth_date,
        patient::MemberNumber,
        prefecture,
        scan::{self, Kind, Layout},
        text::{folded, normalised},
    },
    sources::Query,
};

/// Characters that any field of the search may have.
const LONGEST: usize = 120;
/// Characters that a scanner may type.
const LONGEST_SCAN: usize = 1_000;

/// The search form.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// `insurance`, `four`, `card`, `certificate` or `board`.
    pub mode: String,
    /// 保険者番号
    pub insurer: String,
    /// 記号
    pub symbol: String,
    /// 番号
    pub number: String,
    /// 枝番
    pub branch: String,
    /// Name.
    pub name: String,
    /// Birth date in any of the accepted forms.
    pub birth_date: String,
    /// Sex.
    pub sex: String,
    /// Address.
    pub address: String,
    /// Insurer's name.
    pub insurer_name: String,
    /// With `board`: the token of one of the [`super::Current`] patients.
    pub candidate: String,
}

/// The answer to a search.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was found.
    pub found: Found,
    /// Seconds that it waited because of many searches before it.
    pub waited: Option<u64>,
}

/// How patients are found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// How fast one account may search.
    pub searching: Searching,
    /// What scanners type.
    pub layouts: Vec<Layout>,
    /// Systems that may open this one with a patient in context.
    pub launches: Vec<LaunchKey>,
}

impl Default for Finding {
    fn default() -> Self {
        Self {
            searching: Searching::default(),
            layouts: Layout::defaults(),
            launches: Vec::new(),
        }
    }
}

/// One search.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) what: What,
    pub(super) found_by: FoundBy,
    /// How the entry names it.
    pub(super) mode: &'static str,
    /// What was asked, as the entry keeps it (sealed).
    pub(super) words: String,
    /// The birth date that a hit must have, where whoever asks knows it besides.
    pub(super) born: Option<chrono::NaiveDate>,
}

/// What is looked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// An insurance number.
    Number(MemberNumber),
    /// Four attributes. The insurer's name narrows what `identity` found: it is asked for by
    /// nothing that a FHIR search of patients knows.
    Four { query: Query, insurer_name: String },
    /// The number of the facility's own system, in its naming system.
    Local { system: String, value: String },
}

/// Reads the form.
pub(super) fn read(
    search: &Search,
    layouts: &[Layout],
    today: chrono::NaiveDate,
) -> Result<Asked, (Field, Wrong)> {
    let scanned = match &*search.mode {
        "insurance" | "card" | "certificate" => read_scan(search, layouts)?,
        _ => None,
    };
    let Some((kind, search)) = scanned else {
        return read_typed(search, today);
    };
    // What the code says outweighs what was pressed; a plain code can be on either.
    let by_certificate = kind == Kind::Certificate || search.mode == "certificate";
    let (mode, found_by) = if by_certificate {
        ("certificate", FoundBy::Certificate)
    } else {
        ("card", FoundBy::Card)
    };
    Ok(Asked {
        found_by,
        mode,
        ..read_typed(&search, today)?
    })
}

fn read_typed(search: &Search, today: chrono::NaiveDate) -> Result<Asked, (Field, Wrong)> {
    check(search)?;
    let (mode, found_by, what) = match &*search.mode {
        "insurance" => ("insurance", FoundBy::Insurance, read_number(search)?),
        "card" => ("card", FoundBy::Card, read_number(search)?),
        "certificate" => ("certificate", FoundBy::Certificate, read_number(search)?),
        "four" => ("four", FoundBy::FourAttributes, read_four(search, today)?),
        _ => return Err((Field::Mode, Wrong::NotOneOf)),
    };
    Ok(Asked {
        what,
        found_by,
        mode,
        words: words(search),
        born: None,
    })
}

fn check(search: &Search) -> Result<(), (Field, Wrong)> {
    for (field, value) in [
        (Field::Insurer, &search.insurer),
        (Field::Number, &search.symbol),
        (Field::Number, &search.number),
        (Field::Number, &search.branch),
        (Field::Name, &search.name),
        (Field::BirthDate, &search.birth_date),
        (Field::Sex, &search.sex),
        (Field::Address, &search.address),
        (Field::Address, &search.insurer_name),
    ] {
        if value.chars().count() > LONGEST {
            return Err((field, Wrong::TooLong(LONGEST)));
        }
        if value.chars().any(char::is_control) {
            return Err((field, Wrong::Unreadable));
        }
    }
    Ok(())
}

/// A scanner types into whichever field has the focus: the number's, or the first one. What else
/// stands in the form must say the same, since a number left over from the search before would
/// make another patient of it.
fn read_scan(
    search: &Search,
    layouts: &[Layout],
) -> Result<Option<(Kind, Search)>, (Field, Wrong)> {
    for (field, text) in [
        (Field::Number, &search.number),
        (Field::Insurer, &search.insurer),
    ] {
        let others = others(search, field);
        let is_burst = scan::is_burst(text);
        let is_alone = others.iter().all(|(_, typed)| typed.trim().is_empty());
        if text.chars().count() > LONGEST_SCAN || !(is_burst || is_alone) {
            continue;
        }
        match scan::read(text, layouts) {
            Some(scanned) => return spread(search, scanned, &others).map(Some),
            None if is_burst && text.chars().count() <= LONGEST => {
                return Err((field, Wrong::Unscanned));
            }
            None => {}
        }
    }
    Ok(None)
}

/// The form's other parts of the number.
fn others(search: &Search, but: Field) -> Vec<(Field, &str)> {
    let first = if but == Field::Number {
        (Field::Insurer, &*search.insurer)
    } else {
        (Field::Number, &*search.number)
    };
    vec![
        first,
        (Field::Number, &search.symbol),
        (Field::Number, &search.branch),
    ]
}

/// The form as if the scanned number had been typed.
fn spread(
    search: &Search,
    scanned: scan::Scanned,
    others: &[(Field, &str)],
) -> Result<(Kind, Search), (Field, Wrong)> {
    let number = scanned.number;
    for (field, typed) in others {
        let typed = folded(typed);
        let parts = [
            &number.insurer,
            &number.number,
            &number.symbol,
            &number.branch,
        ];
        if !typed.is_empty() && !parts.contains(&&typed) {
            return Err((*field, Wrong::Contradictory));
        }
    }
    let search = Search {
        insurer: number.insurer,
        symbol: number.symbol,
        number: number.number,
        branch: number.branch,
        ..search.clone()
    };
    Ok((scanned.kind, search))
}

fn read_number(search: &Search) -> Result<What, (Field, Wrong)> {
    for (field, value) in [
        (Field::Insurer, &search.insurer),
        (Field::Number, &search.number),
    ] {
        if value.trim().is_empty() {
            return Err((field, Wrong::Missing));
        }
    }
    let number = MemberNumber::new(
        &search.insurer,
        &search.symbol,
        &search.number,
        &search.branch,
    )
    .ok_or((Field::Number, Wrong::Unreadable))?;
    checked(number).map(What::Number)
}

/// A number that can be asked for.
pub(super) fn checked(number: MemberNumber) -> Result<MemberNumber, (Field, Wrong)> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if number.insurer.len() != 8 || !digits(&number.insurer) {
        return Err((Field::Insurer, Wrong::Unreadable));
    }
    // A colon would shift the parts of the identifier that is asked for.
    let parts = [&number.symbol, &number.number, &number.branch];
    if parts.iter().any(|part| part.contains([':', '|', ','])) {
        return Err((Field::Number, Wrong::Unreadable));
    }
    Ok(number)
}

fn read_four(search: &Search, today: chrono::NaiveDate) -> Result<What, (Field, Wrong)> {
    let given = |field, value: &str| {
        let value = normalised(value);
        if value.is_empty() {
            Err((field, Wrong::Missing))
        } else {
            Ok(value)
        }
    };
    let name = given(Field::Name, &search.name)?;
    let birth_date = birth_date::parse(&given(Field::BirthDate, &search.birth_date)?)
        .ok_or((Field::BirthDate, Wrong::Unreadable))?;
    if birth_date > today {
        return Err((Field::BirthDate, Wrong::InFuture));
    }
    let sex = match &*given(Field::Sex, &search.sex)?.to_lowercase() {
        "male" | "男" | "男性" | "m" | "1" => "male",
        "female" | "女" | "女性" | "f" | "2" => "female",
        "other" | "その他" => "other",
        "unknown" | "不明" => "unknown",
        _ => return Err((Field::Sex, Wrong::NotOneOf)),
    };
    let address = normalised(&search.address);
    let insurer_name = normalised(&search.insurer_name);
    if address.is_empty() && folded(&insurer_name).is_empty() {
        return Err((Field::Address, Wrong::Missing));
    }
    // Only below the prefecture an address is loose.
    if !address.is_empty() && prefecture::of(&address).is_none() {
        return Err((Field::Address, Wrong::NoPrefecture));
    }
    Ok(What::Four {
        query: Query::Four {
            name,
            birth_date,
            sex: sex.to_owned(),
            address,
        },
        insurer_name,
    })
}

fn words(search: &Search) -> String {
    [
        ("insurer", &search.insurer),
        ("symbol", &search.symbol),
        ("number", &search.number),
        ("branch", &search.branch),
        ("name", &search.name),
        ("birth_date", &search.birth_date),
        ("sex", &search.sex),
        ("address", &search.address),
        ("insurer_name", &search.insurer_name),
    ]
    .into_iter()
    .filter(|(_, value)| !value.trim().is_empty())
    .map(|(name, value)| format!("{name}={}", normalised(value)))
    .collect::<Vec<_>>()
    .join("; ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(mode: &str, insurer: &str, number: &str) -> Search {
        Search {
            mode: mode.to_owned(),
            insurer: insurer.to_owned(),
            number: number.to_owned(),
            ..Search::default()
        }
    }

    fn read_now(search: &Search) -> Result<Asked, (Field, Wrong)> {
        let today = chrono::NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        read(search, &Layout::defaults(), today)
    }

    const BURST: &str = ";06123456=あ12=1234=01?";

    #[test]
    fn a_burst_is_read_in_the_field_that_had_the_focus() {
        for search in [typed("insurance", "", BURST), typed("insurance", BURST, "")] {
            let asked = read_now(&search).unwrap();
            assert_eq!((asked.mode, asked.found_by), ("card", FoundBy::Card));
            let number = MemberNumber::parse("06123456:あ12:1234:01").unwrap();
            assert_eq!(asked.what, What::Number(number));
            assert!(asked.words.contains("number=1234"), "{}", asked.words);
        }
        let asked = read_now(&typed("certificate", "", BURST)).unwrap();
        assert_eq!(asked.found_by, FoundBy::Certificate);
        let asked = read_now(&typed("certificate", "06123456", "1234")).unwrap();
        assert_eq!(asked.found_by, FoundBy::Certificate);
    }

    #[test]
    fn what_is_left_in_another_field_never_changes_what_was_scanned() {
        let same = Search {
            branch: "０１".to_owned(),
            ..typed("insurance", "06123456", BURST)
        };
        assert!(read_now(&same).is_ok());
        let other = typed("insurance", "06123457", BURST);
        assert_eq!(
            read_now(&other),
            Err((Field::Insurer, Wrong::Contradictory))
        );
        let twice = typed("insurance", "", &format!("{BURST}{BURST}"));
        assert_eq!(read_now(&twice), Err((Field::Number, Wrong::Unscanned)));
    }

    #[test]
    fn an_address_must_say_its_prefecture() {
        let four = |address: &str, insurer_name: &str| Search {
            name: "山田 太郎".to_owned(),
            birth_date: "S35.4.1".to_owned(),
            sex: "1".to_owned(),
            address: address.to_owned(),
            insurer_name: insurer_name.to_owned(),
            ..typed("four", "", "")
        };
        let wrong = |wrong| Err((Field::Address, wrong));
        for (address, insurer_name, read) in [
            ("千葉県千葉市", "", Ok(())),
            ("東京", "", Ok(())),
            ("", "千葉市国保", Ok(())),
            ("中央区", "", wrong(Wrong::NoPrefecture)),
            ("中央区", "千葉市国保", wrong(Wrong::NoPrefecture)),
            ("", "", wrong(Wrong::Missing)),
            ("", " - ", wrong(Wrong::Missing)),
        ] {
            let answer = read_now(&four(address, insurer_name)).map(drop);
            assert_eq!(answer, read, "{address} {insurer_name}");
        }
    }

    proptest! {
        #[test]
        fn any_typed_text_is_read_or_refused_with_a_named_field(
            mode in "(insurance|card|certificate|four|board|\\PC{0,5})",
            texts in prop::collection::vec(any::<String>(), 9),
        ) {
            let [insurer, symbol, number, branch, name, birth_date, sex, address, insurer_name] =
                <[String; 9]>::try_from(texts).unwrap();
            let search = Search {
                mode, insurer, symbol, number, branch, name, birth_date, sex, address, insurer_name,
                candidate: String::new(),
            };
            if let Ok(asked) = read_now(&search)
                && let What::Number(number) = asked.what
            {
                prop_assert_eq!(number.insurer.len(), 8);
                prop_assert_eq!(MemberNumber::parse(&number.value()), Some(number));
            }
        }
    }
}
