//! Text as it must be before any comparison: one width, one kind of kana.

use unicode_normalization::UnicodeNormalization;

/// Compatibility form (NFKC): full-width digits and letters, half-width kana and Kangxi radicals
/// become the ordinary characters; surrounding white space goes.
#[must_use]
pub fn normalised(text: &str) -> String {
    text.nfkc().collect::<String>().trim().to_owned()
}

/// Folds everything a reader would call the same spelling: [`normalised`], hiragana as katakana,
/// small kana as large, letters in lower case, hyphens, white space and invisible characters dropped.
///
/// For comparing insurance symbols, numbers and words; never shown. Names of people have more
/// spellings: [`super::name::folded`].
#[must_use]
pub fn folded(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace() && !is_hyphen(*c) && !c.is_control() && !is_invisible(*c))
        .map(|c| large_kana(katakana(c)))
        .collect()
}

/// A field that a spreadsheet would compute gets an apostrophe before it. Full-width signs count:
/// a Japanese spreadsheet reads them as their ordinary forms; so does white space before a sign.
#[must_use]
pub fn harmless(field: &str) -> String {
    let begins_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let starts_with_control = field.starts_with(['\t', '\r', '\n']);
    if starts_with_control || field.trim_start().starts_with(begins_formula) {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}

pub(super) fn katakana(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        _ => c,
    }
}

pub(super) fn large_kana(c: char) -> char {
    match c {
        'ァ' => 'ア',
        'ィ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' => 'エ',
        'ォ' => 'オ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        _ => c,
    }
}

/// The many dashes that people and scanners put into numbers. The long-vowel mark is one of them:
/// in numbers and symbols it is a mistyped hyphen.
pub(super) fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '－'
                | '\u{FF70}'
                | '\u{30FC}'
                | '\u{2500}'
                | '\u{02D7}'
                | '\u{207B}'
    )
}

/// Characters without a form of their own: variation selectors (the one form of a character that a
/// register prefers), joiners, marks of direction and of byte order.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{FE00}'..='\u{FE0F}'
            | '\u{E0100}'..='\u{E01EF}'
            | '\u{180B}'..='\u{180D}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{FEFF}'
            | '\u{AD}'
    )
}
