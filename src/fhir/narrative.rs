//! Texts of documents: kept as sent up to a bound, and made safe before anybody sees them.

use std::sync::LazyLock;

use ammonia::Builder;
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{
    markup::{DROPPED, ELEMENTS, ordered},
    node::Node,
    text::{clean_lines, plain},
};
use crate::domain::document::{Attachment, Passage, Readable};

/// Bytes of text kept of one document, all its parts together.
const KEPT: usize = 256 * 1024;
/// Elements whose content a reader misses.
const MEDIA: [&str; 8] = [
    "<img", "<svg", "<object", "<embed", "<iframe", "<video", "<audio", "<canvas",
];

/// What is still kept of one document's text.
pub(super) struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(KEPT)
    }
}

impl Room {
    /// The narrative (`Narrative.div`) under `name`.
    pub(super) fn narrative(&mut self, node: &Node<'_>, name: &str) -> Option<Passage> {
        let div = node.object(name)?.raw_text("div")?;
        (!plain(&div).is_empty()).then(|| self.take(true, div))
    }

    /// An attachment; its text where it holds one.
    pub(super) fn attachment(&mut self, node: &Node<'_>) -> Attachment {
        let kind = node.text("contentType");
        let essence = kind.as_deref().map(essence).unwrap_or_default();
        let markup = matches!(essence.as_str(), "text/html" | "application/xhtml+xml");
        let mut attachment = Attachment {
            title: node.text("title"),
            size: node.count("size").map(u64::from),
            kind,
            ..Attachment::default()
        };
        let Some(data) = node.raw_text("data") else {
            return attachment;
        };
        attachment.size = attachment.size.or_else(|| decoded_size(&data));
        if !markup && essence != "text/plain" {
            return attachment;
        }
        let passage = is_utf8(attachment.kind.as_deref())
            .then(|| self.decoded(&data))
            .flatten();
        match passage {
            Some((text, more)) => {
                let mut passage = self.take(markup, text);
                passage.cut |= more;
                attachment.passage = Some(passage);
            }
            None => attachment.unreadable = true,
        }
        attachment
    }

    fn take(&mut self, markup: bool, mut text: String) -> Passage {
        let end = floor_char_boundary(&text, self.0);
        let cut = end < text.len();
        text.truncate(end);
        self.0 -= text.len();
        Passage { markup, text, cut }
    }

    /// Base64 as UTF-8, no more of it than there is room for; `true` where there was more.
    fn decoded(&self, data: &str) -> Option<(String, bool)> {
        let lenient = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        let engine = GeneralPurpose::new(&STANDARD, lenient);
        // Four characters hold three bytes, and one character of text may be left to be cut off.
        let at_most = (self.0 / 3 + 2) * 4;
        let mut letters = data.bytes().filter(|byte| !byte.is_ascii_whitespace());
        let taken: Vec<u8> = letters.by_ref().take(at_most).collect();
        let more = letters.next().is_some();
        let bytes = engine.decode(taken).ok()?;
        match String::from_utf8(bytes) {
            Ok(text) => Some((text, more)),
            Err(error) if more && error.utf8_error().error_len().is_none() => {
                let whole = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                bytes.truncate(whole);
                String::from_utf8(bytes).ok().map(|text| (text, more))
            }
            Err(_) => None,
        }
    }
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// `text/plain` of `Text/Plain; charset=utf-8`.
fn essence(kind: &str) -> String {
    kind.split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn is_utf8(kind: Option<&str>) -> bool {
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    let charset = kind.split_once("charset=").map(|(_, charset)| charset);
    charset.is_none_or(|charset| {
        let name = charset.split(';').next().unwrap_or_default();
        matches!(name.trim().trim_matches('"'), "utf-8" | "utf8" | "us-ascii")
    })
}

fn decoded_size(data: &str) -> Option<u64> {
    let letters = data
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
        .count();
    u64::try_from(letters / 4 * 3 + (letters % 4).saturating_sub(1)).ok()
}

/// A passage as it may be shown, and whether it held pictures or the like that are not shown.
#[must_use]
pub fn safe(passage: &Passage) -> (Readable, bool) {
    if !passage.markup {
        return (Readable::Plain(clean_lines(&passage.text)), false);
    }
    let lower = passage.text.to_ascii_lowercase();
    let media = MEDIA.iter().any(|element| lower.contains(element));
    let Some(ordered) = ordered(&passage.text) else {
        return (Readable::Plain(plain(&passage.text)), media);
    };
    let safe = SANITISER.clean(&ordered).to_string();
    (Readable::Markup(clean_lines(&safe)), media)
}

/// Allows elements of structure and nothing else: no link, image, style, class, id or handler.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .add_tags(ELEMENTS)
        .add_clean_content_tags(DROPPED)
        .add_tag_attributes("td", ["colspan", "rowspan"])
        .add_tag_attributes("th", ["colspan", "rowspan"])
        .link_rel(None);
    builder
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn markup(text: &str) -> Passage {
        Passage {
            markup: true,
            text: text.to_owned(),
            cut: false,
        }
    }

    fn shown(text: &str) -> String {
        match safe(&markup(text)).0 {
            Readable::Markup(html) => html,
            Readable::Plain(text) => panic!("plain: {text}"),
        }
    }

    #[test]
    fn markup_keeps_its_words_and_loses_whatever_could_act() {
        for (sent, expected) in [
            (
                "<div xmlns=\"http://www.w3.org/1999/xhtml\" id=\"banner\" class=\"x\" style=\"display:none\"><p>発熱</p></div>",
                "<div><p>発熱</p></div>",
            ),
            ("<p onclick=\"x()\">a</p>", "<p>a</p>"),
            ("<a href=\"javascript:x()\">紹介</a>", "紹介"),
            ("a<script>alert(1)</script>b", "ab"),
            ("a<style>*{display:none}</style>b", "ab"),
            ("a<iframe src=\"//x\">c</iframe>b", "ab"),
            (
                "<form action=\"/logout\"><input name=\"x\"><button>押す</button></form>",
                "押す",
            ),
            ("<img src=x onerror=alert(1)>図", "図"),
            (
                "<table><tr><td colspan=\"2\" onmouseover=\"x\">Na</td></tr></table>",
                "<table><tbody><tr><td colspan=\"2\">Na</td></tr></tbody></table>",
            ),
            ("<meta http-equiv=\"refresh\" content=\"0;url=//x\">a", "a"),
            (
                "CRP &lt; 0.1 <del>増量</del>",
                "CRP &lt; 0.1 <del>増量</del>",
            ),
            ("5&#x202e;gm&#x200b;", "5gm"),
            ("<svg><text>x</text></svg>y", "y"),
        ] {
            assert_eq!(shown(sent), expected, "{sent}");
        }
    }

    #[test]
    fn pictures_that_are_not_shown_are_said() {
        assert!(safe(&markup("<p>図<IMG src=x></p>")).1);
        assert!(!safe(&markup("<p>図</p>")).1);
    }

    /// Ninety formatting elements, no two the same.
    fn formats() -> String {
        let formats: Vec<String> = (0..90).map(|at| format!("<b a=\"{at}\">")).collect();
        formats.concat()
    }

    #[test]
    fn markup_nested_without_end_is_read_as_plain_text() {
        let formats = formats();
        for deep in [
            "<div>".repeat(40_000),
            "<div></x>".repeat(20_000),
            "<div><script></div></script>".repeat(8_000),
            format!("{}{}", formats, "<p>".repeat(20_000)),
            format!("<p>{formats}{}", "<div></div>".repeat(20_000)),
        ] {
            assert_eq!(
                safe(&markup(&(deep + "本文"))),
                (Readable::Plain("本文".to_owned()), false)
            );
        }
        let flat = "<p>a</p><br>".repeat(10_000);
        assert!(matches!(safe(&markup(&flat)).0, Readable::Markup(_)));
    }

    #[test]
    fn an_element_closed_at_once_neither_nests_nor_formats_what_follows() {
        assert_eq!(
            shown("<p><del/>ワルファリン<s /></p><b/>継続"),
            "<p><del></del>ワルファリン<s></s></p><b></b>継続"
        );
        let many = "<div/>".repeat(40_000);
        assert_eq!(shown(&many), "<div></div>".repeat(40_000));
    }

    #[test]
    fn formatting_is_not_repeated_in_every_paragraph() {
        let formats = formats();
        let sent = format!("<p>{formats}</p>{}", "<p>x</p>".repeat(2_000));
        let html = shown(&sent);
        assert!(html.len() < sent.len() + 1_000, "{}", html.len());
        let sent = format!("<p>{formats}</p>{}", "<p>x</p>".repeat(30_000));
        assert!(matches!(safe(&markup(&sent)).0, Readable::Plain(_)));
    }

    fn attachment(kind: &str, data: &str) -> Attachment {
        let json = serde_json::json!({"contentType": kind, "data": data, "title": "t"}).to_string();
        Room::default().attachment(&Node::root(&json).unwrap())
    }

    fn base64(bytes: &[u8]) -> String {
        base64::engine::general_purpose::STANDARD.encode(bytes)
    }

    #[test]
    fn attached_text_is_read_and_anything_else_is_named_with_its_size() {
        let plain = attachment(
            "text/plain; charset=UTF-8",
            &base64("経過良好\n<b>".as_bytes()),
        );
        let passage = plain.passage.unwrap();
        assert_eq!(
            safe(&passage).0,
            Readable::Plain("経過良好\n<b>".to_owned())
        );
        let html = attachment("text/html", &base64("<p>a</p>".as_bytes()));
        assert!(html.passage.unwrap().markup);
        let pdf = attachment("application/pdf", &base64(&[7; 1000]));
        assert_eq!(
            (pdf.passage, pdf.size, pdf.unreadable),
            (None, Some(1000), false)
        );
        for (kind, data) in [
            ("text/plain", "%%%"),
            ("text/plain", base64(&[0xff, 0xfe]).as_str()),
            ("text/plain; charset=Shift_JIS", base64(b"abc").as_str()),
        ] {
            let broken = attachment(kind, data);
            assert!(broken.unreadable && broken.passage.is_none(), "{kind}");
        }
    }

    #[test]
    fn what_is_longer_than_is_kept_is_cut_between_characters_and_says_so() {
        let long = "あ".repeat(KEPT);
        let cut = attachment("text/plain", &base64(long.as_bytes()))
            .passage
            .unwrap();
        assert!(cut.cut && cut.text.len() <= KEPT && cut.text.len() > KEPT - 3);
        let mut room = Room::default();
        let first = room.take(false, "a".repeat(KEPT - 1));
        let second = room.take(false, "あ".to_owned());
        let third = room.take(false, "b".to_owned());
        assert!(!first.cut && second.cut && second.text.is_empty());
        assert!(!third.cut && third.text == "b");
    }

    proptest! {
        #[test]
        fn whatever_is_sent_nothing_but_structure_is_shown(sent in "(<[a-z]{1,6}( on[a-z]{1,4}=x| href=javascript:x| style=x)?/?>|</[a-z]{1,6}>|[a-z<>&;\"'= ]){0,40}") {
            if let Readable::Markup(html) = safe(&markup(&sent)).0 {
                for tag in html.split('<').skip(1) {
                    let (name, _) = tag.split_once('>').unwrap();
                    let name = name.strip_prefix('/').unwrap_or(name);
                    prop_assert!(ELEMENTS.contains(&name), "{html}");
                }
            }
        }
    }
}
