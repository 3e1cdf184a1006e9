//! Texts as they may be kept: without control characters, narratives without tags.

/// The text without control characters (line breaks and tabs become spaces), marks that turn the
/// writing direction round, and surrounding white space.
pub(super) fn clean(text: &str) -> String {
    filtered(text, false).trim().to_owned()
}

/// As [`clean`], but line breaks stay: for notes and narratives.
pub(super) fn clean_lines(text: &str) -> String {
    filtered(text, true).trim().to_owned()
}

fn filtered(text: &str, keep_lines: bool) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' if keep_lines => Some('\n'),
            '\n' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
            // Direction marks can make one value look like another, and so can what is not seen.
            '\u{61C}'
            | '\u{200B}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}' => None,
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

/// An XHTML narrative as plain text: tags stripped, entities resolved; a block or table cell that
/// ends leaves a line break or a space, so that a name and its value never run together.
pub(super) fn plain(xhtml: &str) -> String {
    let mut out = String::with_capacity(xhtml.len());
    let mut rest = xhtml;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = if from.starts_with('<') {
            after_tag(from, &mut out)
        } else {
            after_entity(from, &mut out)
        };
    }
    out.push_str(rest);
    tidied(&clean_lines(&out))
}

fn after_tag<'t>(from: &'t str, out: &mut String) -> &'t str {
    if let Some(comment) = from.strip_prefix("<!--") {
        return comment.split_once("-->").map_or("", |(_, after)| after);
    }
    let body = from.strip_prefix('<').unwrap_or_default();
    // Only up to the next bracket, so that a row of "<" is read once.
    let closed = body
        .find(['<', '>'])
        .and_then(|at| body.split_at_checked(at))
        .and_then(|(tag, after)| Some((tag, after.strip_prefix('>')?)));
    let Some((tag, after)) = closed else {
        // A "<" that opens no tag is a less-than sign: "CRP < 0.1".
        out.push('<');
        return body;
    };
    let inner = tag.trim_start_matches('/');
    let name: String = inner
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .take(16)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if name.is_empty() && !inner.starts_with(['!', '?']) {
        out.push('<');
        return body;
    }
    match name.as_str() {
        "p" | "div" | "br" | "li" | "ul" | "ol" | "tr" | "table" | "h1" | "h2" | "h3" | "h4"
        | "h5" | "h6" | "dt" | "dd" | "hr" | "pre" | "blockquote" | "caption" => out.push('\n'),
        "td" | "th" => out.push(' '),
        _ => {}
    }
    after
}

fn after_entity<'t>(from: &'t str, out: &mut String) -> &'t str {
    let body = from.strip_prefix('&').unwrap_or_default();
    let name_length = body
        .char_indices()
        .take(10)
        .find(|(_, c)| !c.is_ascii_alphanumeric() && *c != '#')
        .filter(|(_, c)| *c == ';')
        .map(|(at, _)| at);
    let resolved = name_length.and_then(|length| {
        let (name, after) = body.split_at_checked(length)?;
        Some((entity(name)?, after.strip_prefix(';')?))
    });
    if let Some((c, after)) = resolved {
        out.push(c);
        after
    } else {
        out.push('&');
        body
    }
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "micro" => Some('µ'),
        "deg" => Some('°'),
        "plusmn" => Some('±'),
        "times" => Some('×'),
        "le" => Some('≤'),
        "ge" => Some('≥'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

fn tidied(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_direction_marks_go() {
        assert_eq!(clean(" a\u{0}b\u{7}\tc\u{202e}d\n"), "ab cd");
        assert_eq!(clean_lines("a\r\nb"), "a\nb");
        assert_eq!(clean("山田\u{200b}太\u{200f}郎\u{61c}\u{2064}"), "山田太郎");
        assert_eq!(clean("5\u{2028}mg\u{1b}[31m"), "5 mg[31m");
        assert_eq!(
            clean("葛\u{e0100}城"),
            "葛\u{e0100}城",
            "a variant is part of a name"
        );
    }

    #[test]
    fn narratives_lose_tags_and_keep_words_apart() {
        for (xhtml, expected) in [
            ("<div xmlns=\"x\">サバ　キーウイ</div>", "サバ　キーウイ"),
            (
                "<table><tr><td>Na</td><td>140</td></tr><tr><td>K</td></tr></table>",
                "Na  140\nK",
            ),
            (
                "a<br/>b &lt; c &amp;&#x41;&#66;&unknown; &",
                "a\nb < c &AB&unknown; &",
            ),
            ("CRP < 0.1", "CRP < 0.1"),
            ("a<!-- <p>x</p> -->b", "ab"),
            ("a & b; <", "a & b; <"),
            ("<b>5</b><i>mg</i>", "5mg"),
        ] {
            assert_eq!(plain(xhtml), expected, "{xhtml}");
        }
    }

    #[test]
    fn an_unclosed_narrative_takes_linear_time() {
        let started = "<".repeat(200_000) + &"&".repeat(200_000);
        assert_eq!(plain(&started).len(), 400_000);
    }
}
