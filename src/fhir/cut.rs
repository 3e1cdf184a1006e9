//! A Bundle whose end is missing: what was sent whole before the cut can still be read.

/// The text before the cut: all of it, but for a character that was cut itself. `None` where it is
/// no text.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            let (before, _) = bytes.split_at_checked(error.valid_up_to())?;
            std::str::from_utf8(before).ok()
        }
        Err(_) => None,
    }
}

/// The Bundle up to its last whole entry, closed. `None` where nothing is missing, or where no
/// entry is whole.
pub(super) fn mended(text: &str) -> Option<String> {
    let is_cut =
        serde_json::from_str::<serde::de::IgnoredAny>(text).is_err_and(|error| error.is_eof());
    let end = last_whole_entry(text.as_bytes()).filter(|_| is_cut)?;
    Some(format!("{}]}}", text.get(..end)?))
}

/// Where the last whole entry of the outermost object's `entry` list ends.
fn last_whole_entry(json: &[u8]) -> Option<usize> {
    const LIST: usize = 2;
    let (mut depth, mut is_list, mut end) = (0_usize, false, None);
    let mut key: &[u8] = b"";
    let mut place = 0;
    while let Some(byte) = json.get(place) {
        match byte {
            b'"' => {
                let Some(length) = json.get(place..).and_then(string_length) else {
                    break;
                };
                if depth == 1 {
                    key = json.get(place..place + length)?;
                }
                place += length;
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                is_list |= depth == LIST && *byte == b'[' && key == b"\"entry\"";
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == LIST && is_list {
                    end = Some(place + 1);
                }
                is_list &= depth >= LIST;
            }
            _ => {}
        }
        place += 1;
    }
    end
}

/// The bytes of a string, quotes included; `None` where it does not end.
fn string_length(json: &[u8]) -> Option<usize> {
    let mut is_escaped = false;
    let quote = json.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    });
    quote.map(|place| place + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUNDLE: &str = r#"{"resourceType":"Bundle","id":"entry","meta":{"tag":[{"code":"}"}]},
        "entry":[{"resource":{"id":"1","text":"\"]}"}},{"resource":{"id":"2","note":[{"text":"\\"}]}},
        {"resource":{"id":"患者"}}],"type":"collection"}"#;

    #[test]
    fn cut_anywhere_what_was_whole_is_kept_and_nothing_else() {
        let mut kept = Vec::new();
        for cut in 0..BUNDLE.len() {
            let Some(before) = text(&BUNDLE.as_bytes()[..cut]) else {
                panic!("{cut}: no text");
            };
            let Some(mended) = mended(before) else {
                kept.push(0);
                continue;
            };
            let bundle: serde_json::Value = serde_json::from_str(&mended).unwrap();
            let entries = bundle["entry"].as_array().unwrap();
            assert!(
                entries
                    .iter()
                    .all(|entry| entry["resource"]["id"].is_string())
            );
            kept.push(entries.len());
        }
        assert!(kept.is_sorted(), "{kept:?}");
        assert_eq!(kept.last(), Some(&3));
        kept.dedup();
        assert_eq!(kept, [0, 1, 2, 3]);
        assert_eq!(mended(BUNDLE), None, "nothing is missing");
    }

    #[test]
    fn what_is_broken_otherwise_is_not_mended() {
        for json in [
            "",
            "[1,",
            r#"{"resourceType":"Patient","id":"#,
            r#"{"entry":[{"a":1},x"#,
            r#"{"entry":{"a":{"b":1},"#,
            "<html>",
        ] {
            assert_eq!(mended(json), None, "{json}");
        }
        assert_eq!(text(b"\xFFx"), None);
    }
}
