//! The canonical bytes of an entry: one version byte, then JSON in the form of RFC 8785.
//!
//! Of RFC 8785 (JSON Canonicalization Scheme) only what an entry needs exists here: objects,
//! arrays, strings, integers and booleans; no null (an absent field is left out) and no fractions.
//! Keys are ASCII, so that their order by bytes is the order by UTF-16 units which the RFC asks
//! for. No white space; in strings only `"`, `\` and the control characters are escaped.

use std::{collections::BTreeMap, fmt::Write as _};

/// The first byte of every entry's body. Another form of body gets another byte.
pub const FORMAT: u8 = 0x01;

/// The largest integer that every reader of JSON takes exactly (RFC 8785 §3.2.2.3, I-JSON).
const LARGEST: i64 = (1 << 53) - 1;

/// What may stand in an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number within ±(2⁵³−1).
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// Several in their order.
    List(Vec<Value>),
    /// Named ones.
    Object(Object),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number.clamp(-LARGEST, LARGEST))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::from(i64::try_from(number).unwrap_or(LARGEST))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::from(i64::try_from(number).unwrap_or(LARGEST))
    }
}

/// Named values; a name that is put twice keeps the later value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object(BTreeMap<&'static str, Value>);

impl Object {
    /// Puts a value under an ASCII name.
    pub fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        debug_assert!(name.is_ascii(), "names are ordered by their bytes");
        self.0.insert(name, value.into());
    }

    /// Puts a value that may be absent: an absent one is left out.
    pub fn put_some(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Puts an object unless it is empty.
    pub fn put_object(&mut self, name: &'static str, object: Object) {
        if !object.0.is_empty() {
            self.0.insert(name, Value::Object(object));
        }
    }

    /// The canonical bytes: [`FORMAT`] and the JSON.
    #[must_use]
    pub fn to_body(&self) -> Vec<u8> {
        let mut json = String::with_capacity(1_024);
        write_object(&mut json, self);
        let mut body = Vec::with_capacity(json.len() + 1);
        body.push(FORMAT);
        body.extend_from_slice(json.as_bytes());
        body
    }
}

fn write_object(json: &mut String, object: &Object) {
    json.push('{');
    for (place, (name, value)) in object.0.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        write_text(json, name);
        json.push(':');
        write_value(json, value);
    }
    json.push('}');
}

fn write_value(json: &mut String, value: &Value) {
    match value {
        Value::Text(text) => write_text(json, text),
        Value::Integer(number) => json.push_str(&number.to_string()),
        Value::Boolean(yes) => json.push_str(if *yes { "true" } else { "false" }),
        Value::List(values) => {
            json.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    json.push(',');
                }
                write_value(json, value);
            }
            json.push(']');
        }
        Value::Object(object) => write_object(json, object),
    }
}

fn write_text(json: &mut String, text: &str) {
    json.push('"');
    let mut written = 0;
    // All that is escaped is of one byte, and no byte of a longer character is below 0x80.
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        json.push_str(text.get(written..at).unwrap_or_default());
        written = at + 1;
        match byte {
            b'"' => json.push_str("\\\""),
            b'\\' => json.push_str("\\\\"),
            0x08 => json.push_str("\\b"),
            b'\t' => json.push_str("\\t"),
            b'\n' => json.push_str("\\n"),
            0x0C => json.push_str("\\f"),
            b'\r' => json.push_str("\\r"),
            // Writing to a String cannot fail.
            _ => write!(json, "\\u{byte:04x}").unwrap_or_default(),
        }
    }
    json.push_str(text.get(written..).unwrap_or_default());
    json.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_sorted_and_absent_values_left_out() {
        let mut inner = Object::default();
        inner.put("z", Value::Boolean(true));
        inner.put("a", 3_u64);
        let mut object = Object::default();
        object.put("wall", "2026-01-02");
        object.put_some("absent", None::<&str>);
        object.put_object("empty", Object::default());
        object.put(
            "list",
            Value::List(vec![inner.into_value(), (-1_i64).into()]),
        );
        assert_eq!(
            object.to_body(),
            b"\x01{\"list\":[{\"a\":3,\"z\":true},-1],\"wall\":\"2026-01-02\"}"
        );
    }

    impl Object {
        fn into_value(self) -> Value {
            Value::Object(self)
        }
    }

    #[test]
    fn escapes_are_those_of_the_rfc() {
        let mut object = Object::default();
        object.put(
            "t",
            "\u{20ac}$\u{0F}\u{0a}A'\u{42}\u{22}\u{5c}\\\"/\u{7f}薬",
        );
        assert_eq!(
            String::from_utf8(object.to_body()).unwrap(),
            "\u{01}{\"t\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}薬\"}"
        );
    }

    #[test]
    fn integers_stay_exact_for_every_reader() {
        let mut object = Object::default();
        object.put("n", u64::MAX);
        assert_eq!(object.to_body(), b"\x01{\"n\":9007199254740991}");
    }

    proptest! {
        #[test]
        fn different_texts_never_have_the_same_bytes(a in any::<String>(), b in any::<String>()) {
            let body = |text: &str| {
                let mut object = Object::default();
                object.put("t", text);
                object.to_body()
            };
            prop_assert_eq!(a == b, body(&a) == body(&b));
        }
    }
}
