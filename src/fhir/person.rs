//! Names of people: which of several is the official one, which its kana, which the usual one.

use super::node::Node;

/// The names of one person.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) official: Option<String>,
    pub(super) kana: Option<String>,
    pub(super) usual: Option<String>,
    /// In Latin letters, where its sender says so and it is none of the others.
    pub(super) latin: Option<String>,
}

impl Names {
    /// The name to print where only one fits.
    pub(super) fn best(self) -> Option<String> {
        self.official.or(self.usual).or(self.kana)
    }
}

/// How a name is written (ISO 21090 EN representation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Script {
    /// IDE: kanji.
    Ideographic,
    /// Not said.
    Unsaid,
    /// ABC: Latin.
    Alphabetic,
    /// SYL, or written in kana only: the reading.
    Syllabic,
}

/// What a name is used for, the official first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Usage {
    Official,
    Unsaid,
    Usual,
    Former,
}

/// The names in `name`.
pub(super) fn names(node: &Node<'_>) -> Names {
    let mut sent: Vec<(Usage, Script, String)> = node
        .objects("name")
        .iter()
        .filter_map(|name| {
            let text = written(name)?;
            Some((usage(name), script(name, &text), text))
        })
        .collect();
    sent.sort_by_key(|(usage, script, _)| (*usage, *script));
    let first = |wanted: &dyn Fn(Usage, Script) -> bool| {
        sent.iter()
            .find(|(usage, script, _)| wanted(*usage, *script))
            .map(|(_, _, text)| text.clone())
    };
    let kana = first(&|_, script| script == Script::Syllabic);
    let official = first(&|usage, script| usage < Usage::Usual && script != Script::Syllabic);
    let usual = first(&|usage, script| usage == Usage::Usual && script != Script::Syllabic);
    let latin = first(&|_, script| script == Script::Alphabetic);
    let former = || first(&|_, script| script != Script::Syllabic);
    let names = if official.is_some() {
        Names {
            usual: usual.filter(|usual| official.as_ref() != Some(usual)),
            official,
            kana,
            latin: None,
        }
    } else {
        Names {
            official: usual.or_else(former).or_else(|| kana.clone()),
            kana,
            ..Names::default()
        }
    };
    let known = [&names.official, &names.usual];
    Names {
        latin: latin.filter(|latin| !known.contains(&&Some(latin.clone()))),
        ..names
    }
}

/// A `HumanName` as one line, family name first.
pub(super) fn written(name: &Node<'_>) -> Option<String> {
    name.text("text").or_else(|| {
        let mut parts: Vec<String> = name.text("family").into_iter().collect();
        parts.extend(name.texts("given"));
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

fn usage(name: &Node<'_>) -> Usage {
    match name.word("use").as_deref() {
        Some("official") => Usage::Official,
        Some("usual" | "nickname" | "anonymous") => Usage::Usual,
        Some("old" | "maiden") => Usage::Former,
        _ => Usage::Unsaid,
    }
}

fn script(name: &Node<'_>, text: &str) -> Script {
    let said = name
        .extensions("iso21090-EN-representation")
        .first()
        .and_then(|extension| extension.text("valueCode"));
    match said.as_deref() {
        Some("IDE") => Script::Ideographic,
        Some("SYL") => Script::Syllabic,
        Some("ABC") => Script::Alphabetic,
        _ if is_kana(text) => Script::Syllabic,
        _ => Script::Unsaid,
    }
}

fn is_kana(text: &str) -> bool {
    let is_kana = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9F}');
    text.chars().any(is_kana) && text.chars().all(|c| is_kana(c) || c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPRESENTATION: &str =
        "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";

    fn of(names_json: &str) -> (Option<String>, Option<String>, Option<String>) {
        let json = format!(
            r#"{{"name":{}}}"#,
            names_json.replace("REP", REPRESENTATION)
        );
        let names = names(&Node::root(&json).unwrap());
        (names.official, names.kana, names.usual)
    }

    #[test]
    fn a_name_in_latin_letters_beside_the_official_one_is_kept_apart() {
        for (json, latin) in [
            (
                r#"{"name":[{"extension":[{"url":"REP","valueCode":"IDE"}],"text":"山田 太郎"},
                    {"extension":[{"url":"REP","valueCode":"ABC"}],"text":"YAMADA TARO"}]}"#,
                Some("YAMADA TARO"),
            ),
            (
                r#"{"name":[{"extension":[{"url":"REP","valueCode":"ABC"}],"text":"SMITH JOHN"}]}"#,
                None,
            ),
            (
                r#"{"name":[{"text":"山田 太郎"},{"text":"YAMADA TARO"}]}"#,
                None,
            ),
        ] {
            let json = json.replace("REP", REPRESENTATION);
            let names = names(&Node::root(&json).unwrap());
            assert_eq!(names.latin.as_deref(), latin, "{json}");
        }
    }

    #[test]
    fn names_are_told_apart_by_representation_use_and_characters() {
        let text = |text: &str| Some(text.to_owned());
        for (json, expected) in [
            (
                r#"[{"extension":[{"url":"REP","valueCode":"SYL"}],"text":"マキノ ランマン"},
                    {"extension":[{"url":"REP","valueCode":"IDE"}],"family":"牧野","given":["爛漫"]}]"#,
                (text("牧野 爛漫"), text("マキノ ランマン"), None),
            ),
            (
                r#"[{"text":"さとう はな"},{"text":"佐藤 花"}]"#,
                (text("佐藤 花"), text("さとう はな"), None),
            ),
            (
                r#"[{"use":"usual","text":"金田 英子"},{"use":"official","text":"KIM YEONGJA"}]"#,
                (text("KIM YEONGJA"), None, text("金田 英子")),
            ),
            (
                r#"[{"use":"old","text":"旧姓 花"},{"text":"新姓 花"}]"#,
                (text("新姓 花"), None, None),
            ),
            (
                r#"[{"use":"nickname","text":"ハナ子"}]"#,
                (text("ハナ子"), None, None),
            ),
            (r#"[{"text":"ｻﾄｳ"}]"#, (text("ｻﾄｳ"), text("ｻﾄｳ"), None)),
            (r#"[{"family":"佐藤"}]"#, (text("佐藤"), None, None)),
            (r#"[7,{"given":[]}]"#, (None, None, None)),
        ] {
            assert_eq!(of(json), expected, "{json}");
        }
    }
}
