//! 都道府県: the part of an address that is never loose.

use super::text::normalised;

/// JIS X 0401, in its order.
const PREFECTURES: [&str; 47] = [
    "北海道",
    "青森県",
    "岩手県",
    "宮城県",
    "秋田県",
    "山形県",
    "福島県",
    "茨城県",
    "栃木県",
    "群馬県",
    "埼玉県",
    "千葉県",
    "東京都",
    "神奈川県",
    "新潟県",
    "富山県",
    "石川県",
    "福井県",
    "山梨県",
    "長野県",
    "岐阜県",
    "静岡県",
    "愛知県",
    "三重県",
    "滋賀県",
    "京都府",
    "大阪府",
    "兵庫県",
    "奈良県",
    "和歌山県",
    "鳥取県",
    "島根県",
    "岡山県",
    "広島県",
    "山口県",
    "徳島県",
    "香川県",
    "愛媛県",
    "高知県",
    "福岡県",
    "佐賀県",
    "長崎県",
    "熊本県",
    "大分県",
    "宮崎県",
    "鹿児島県",
    "沖縄県",
];

/// The prefecture that an address begins with. Without 都, 府 or 県 only where nothing else stands
/// there: 福島 alone is the prefecture, 福島区 is a ward of Osaka. A postal code before it is passed
/// over.
///
/// ```
/// use emergency_summary::domain::prefecture;
///
/// assert_eq!(prefecture::of("〒260-0013 千葉県千葉市中央区"), Some("千葉県"));
/// assert_eq!(prefecture::of("千葉"), Some("千葉県"));
/// assert_eq!(prefecture::of("福島区"), None);
/// ```
#[must_use]
pub fn of(address: &str) -> Option<&'static str> {
    let address = normalised(address);
    let address: String = address.chars().filter(|c| !c.is_whitespace()).collect();
    let address = address
        .trim_start_matches(|c: char| c == '〒' || c.is_ascii_digit() || super::text::is_hyphen(c));
    PREFECTURES.into_iter().find(|prefecture| {
        address.starts_with(prefecture)
            || prefecture.strip_suffix(['都', '府', '県']) == Some(address)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_prefecture_is_read_with_and_without_its_last_character() {
        for prefecture in PREFECTURES {
            let town = format!("{prefecture}中央区1-2");
            let short = prefecture
                .strip_suffix(['都', '府', '県'])
                .unwrap_or(prefecture);
            for written in [prefecture, &town, &format!("　{short} ")] {
                assert_eq!(of(written), Some(prefecture), "{written}");
            }
        }
    }

    #[test]
    fn what_only_begins_like_a_prefecture_is_none() {
        for written in [
            "",
            "〒",
            "福島区",
            "石川町",
            "中央区",
            "千葉市",
            "Chiba",
            "県",
            "道",
        ] {
            assert_eq!(of(written), None, "{written}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in any::<String>()) {
            prop_assert_eq!(of(&text).is_some(), of(&format!(" {text} ")).is_some());
        }
    }
}
