//! Names of people as they must be before any comparison. For matching only: what is shown stays as
//! it was sent.

use unicode_normalization::{UnicodeNormalization, char::compose};

use super::{
    text::{is_hyphen, is_invisible, katakana, large_kana},
    written_forms::plain,
};

/// Folds everything that one name is written with in several ways: width, kind and size of kana,
/// half-width kana, old and new forms of characters, variation selectors, radicals, repeat marks,
/// ー as the vowel before it, ヴ as バ行, ヰ ヱ ヲ as イ エ オ, case and accents of Latin letters,
/// spaces, hyphens and points.
///
/// Kept apart, because they tell people apart: ヅ/ズ and ヂ/ジ, オウ/オオ, voiced and unvoiced kana,
/// 郎/朗.
///
/// ```
/// use emergency_summary::domain::name::folded;
///
/// assert_eq!(folded("髙𣘺　さやか"), folded("高橋サヤカ"));
/// assert_ne!(folded("相楽 治郎"), folded("相楽 治朗"));
/// ```
#[must_use]
pub fn folded(name: &str) -> String {
    let bare = name
        .nfkd()
        .filter(|c| !('\u{300}'..='\u{36F}').contains(c) && !is_invisible(*c))
        .nfc()
        .flat_map(char::to_lowercase)
        .map(|c| large_kana(katakana(c)));
    let mut rest = bare.peekable();
    let mut folded = String::new();
    while let Some(c) = rest.next() {
        let before = folded.chars().next_back();
        match c {
            '々' | '〻' | 'ヽ' | 'ゝ' => folded.extend(before),
            'ヾ' | 'ゞ' => {
                folded.extend(before.map(|before| compose(before, '\u{3099}').unwrap_or(before)));
            }
            'ヴ' => match rest.next_if(|next| VOWELS.contains(*next)) {
                Some(next) => folded.extend(paired(next, VOWELS, "バビブベボ")),
                None => folded.push(if rest.peek() == Some(&'ユ') {
                    'ビ'
                } else {
                    'ブ'
                }),
            },
            _ if is_hyphen(c) => folded.extend(before.and_then(vowel)),
            // A voicing mark that stood apart: ゛ is written with a space before it.
            '\u{3099}' | '\u{309A}' => {
                if let Some(voiced) = before.and_then(|before| compose(before, c)) {
                    folded.pop();
                    folded.push(paired(voiced, "ヴヷヸヹヺ", "ブバビベボ").unwrap_or(voiced));
                }
            }
            _ if is_between(c) => {}
            _ => match latin(c) {
                Some(letters) => folded.push_str(letters),
                None => folded.push(plain(
                    paired(c, "ヰヱヲヷヸヹヺ", "イエオバビベボ").unwrap_or(c),
                )),
            },
        }
    }
    // Marks that came together only now are put in their order.
    folded.nfc().collect()
}

/// Whether two spellings are one name. Latin names are written with the family name first or last;
/// in kanji and kana the order is part of the name.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    let (left, right) = (folded(one), folded(other));
    if left.is_empty() || right.is_empty() {
        return false;
    }
    left == right || (left.is_ascii() && right.is_ascii() && parts(one) == parts(other))
}

/// The folded parts of a name in alphabetical order.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = name
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | '・' | '･'))
        .map(folded)
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort();
    parts
}

const VOWELS: &str = "アイウエオ";

/// The character of `to` at the place that `c` has in `from`.
fn paired(c: char, from: &str, to: &str) -> Option<char> {
    let place = from.chars().position(|one| one == c)?;
    to.chars().nth(place)
}

/// The vowel that a long-vowel mark after this kana stands for.
fn vowel(kana: char) -> Option<char> {
    const ROWS: [&str; 5] = [
        "アカサタナハマヤラワガザダバパ",
        "イキシチニヒミリギジヂビピ",
        "ウクスツヌフムユルグズヅブプ",
        "エケセテネヘメレゲゼデベペ",
        "オコソトノホモヨロヲゴゾドボポ",
    ];
    let row = ROWS.iter().position(|row| row.contains(kana))?;
    VOWELS.chars().nth(row)
}

/// Letters that are no letter with an accent, as passports and forms write them.
fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ı' => "i",
        'þ' => "th",
        _ => return None,
    })
}

/// What stands between the parts of a name.
fn is_between(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '.' | ',' | '、' | '。' | '・' | '=' | '゠' | '\'' | '’' | '‘' | '`' | '´' | 'ʼ'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Spellings of one name, as two registers write them.
    const SAME: &[(&str, &str, &str)] = &[
        ("space", "山田 太郎", "山田　太郎"),
        ("no space", "山田 太郎", "山田太郎"),
        ("voiced apart", "ヤマタ゛ タロウ", "ヤマダ タロウ"),
        ("a name part that ends in vu", "クリヴ アン", "クリブ アン"),
        ("half-width kana", "ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ　タロウ"),
        ("hiragana", "やまだ たろう", "ヤマダ タロウ"),
        ("small kana of old cards", "シヨウゾウ", "ショウゾウ"),
        ("small tsu", "ハツトリ", "ハットリ"),
        ("half-width small kana", "ｷﾖｳｺ", "キョウコ"),
        ("taka", "髙橋", "高橋"),
        ("saki", "宮﨑", "宮崎"),
        ("saki in a register", "山嵜", "山崎"),
        ("be of Watanabe", "渡邉", "渡辺"),
        ("be of Watanabe, old", "渡邊", "渡邉"),
        ("hama", "濵田", "浜田"),
        ("hama, old", "濱田", "濵田"),
        ("sai", "齋藤", "斎藤"),
        ("sai, four ways", "齊藤", "斎藤"),
        ("sai, new", "斉藤", "齋藤"),
        ("sawa", "澤田", "沢田"),
        ("hiro", "廣瀨", "広瀬"),
        ("toku", "德川", "徳川"),
        ("kuni", "國分", "国分"),
        ("megumi", "惠", "恵"),
        ("makoto", "眞", "真"),
        ("maki", "槇原", "槙原"),
        ("yoshi with the short stroke", "𠮷野家", "吉野家"),
        ("yanagi", "栁田", "柳田"),
        ("tomi", "冨田", "富田"),
        ("shima", "嶋田", "島田"),
        ("hashi", "髙𣘺", "高橋"),
        ("compatibility ideograph", "\u{FA4F}子", "祐子"),
        ("compatibility ideograph", "\u{FA10}本", "塚本"),
        ("ideographic variation selector", "葛\u{E0100}城", "葛城"),
        ("ideographic variation selector", "辻\u{E0102}", "辻"),
        ("standardised variation", "神\u{FE00}田", "神田"),
        ("Kangxi radical", "⽥中", "田中"),
        ("radicals supplement", "⻑⾕川", "長谷川"),
        ("radicals supplement", "⻄村", "西村"),
        ("repeat mark", "佐々木", "佐佐木"),
        ("kana repeat marks", "みすゞ", "みすず"),
        ("kana repeat mark", "なゝみ", "ななみ"),
        ("small ke", "三ヶ島", "三ケ島"),
        ("long vowel", "オーノ", "オオノ"),
        ("long vowel", "ユーコ", "ゆうこ"),
        ("long-vowel mark typed as a hyphen", "マリ-", "マリー"),
        ("half-width long-vowel mark", "ﾏﾘｰ", "マリー"),
        ("vu", "ヴァスコンセロス", "バスコンセロス"),
        ("vu of old cards", "ヴアン", "バン"),
        ("vu alone", "クリヴ", "クリブ"),
        ("we", "チヱ", "チエ"),
        ("wo", "カヲル", "カオル"),
        ("middle dot", "マックス・ルジターノ", "マックス ルジターノ"),
        ("case", "SMITH JOHN", "Smith John"),
        ("width", "ＳＭＩＴＨ　ＪＯＨＮ", "Smith John"),
        ("order", "SMITH JOHN", "John Smith"),
        ("order with a comma", "Smith, John", "John Smith"),
        ("accents", "NÚÑEZ José", "Nunez Jose"),
        ("letters of their own", "Sørensen Łukasz", "SORENSEN LUKASZ"),
        ("apostrophe", "O’Brien", "OBRIEN"),
        ("hyphen", "Anne-Marie", "Anne Marie"),
        ("invisible characters", "山\u{200B}田", "山田"),
    ];

    /// Spellings of two names.
    const DIFFERENT: &[(&str, &str, &str)] = &[
        ("father and son", "相楽 治郎", "相楽 治朗"),
        ("twins", "桜木谷 美空", "桜木谷 美海"),
        ("Ono and Ohno", "オノ", "オオノ"),
        ("Ono and Ohno", "オノ", "オーノ"),
        ("Yoko and Yuko", "ヨウコ", "ユウコ"),
        ("voiced", "タナカ", "タナガ"),
        ("half-voiced", "ハン", "パン"),
        ("zu", "カヅキ", "カズキ"),
        ("ogi and hagi", "荻原", "萩原"),
        ("saki and sai", "宮崎", "宮埼"),
        ("kanji in another order", "東 海", "海 東"),
        ("a part only", "山田", "山田 太郎"),
        ("a Latin part only", "Smith", "John Smith"),
        ("nothing", "", ""),
        ("only marks", "・", "・"),
    ];

    #[test]
    fn spellings_of_one_name_are_the_same() {
        for (case, one, other) in SAME {
            assert!(
                is_same(one, other),
                "{case}: {one} {other}: {} {}",
                folded(one),
                folded(other)
            );
            assert!(is_same(other, one), "{case}: {other} {one}");
        }
    }

    #[test]
    fn names_that_tell_people_apart_stay_two() {
        for (case, one, other) in DIFFERENT {
            assert!(!is_same(one, other), "{case}: {one} {other}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(name in "[\\PC髙﨑邉ヴァー々ゞ]{0,12}") {
            let once = folded(&name);
            prop_assert_eq!(folded(&once), once);
        }
    }
}
