//! One JSON object at a time, read field by field: what cannot be read is listed with its path,
//! the rest of the resource is still used.

use std::{
    borrow::{Borrow, Cow},
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::text::clean;
use crate::domain::{date::Date, quantity::Number, record::UnreadableField};

/// More unreadable fields of one resource than this are only counted: a hostile list of a million
/// wrong elements must not cost a million paths.
const LISTED_AT_MOST: usize = 50;

/// Longer texts than this are no names, codes or instructions (narratives and notes have no limit).
const TEXT_AT_MOST: usize = 100_000;

/// The unreadable fields of one resource.
#[derive(Debug, Default)]
pub(super) struct Problems {
    listed: RefCell<Vec<UnreadableField>>,
    more: Cell<usize>,
}

impl Problems {
    fn add(&self, path: String, why: impl Into<String>) {
        let mut listed = self.listed.borrow_mut();
        if listed.len() < LISTED_AT_MOST {
            listed.push(UnreadableField {
                path,
                why: why.into(),
            });
        } else {
            self.more.set(self.more.get().saturating_add(1));
        }
    }

    /// Everything listed, in the order found; each path once.
    pub(super) fn taken(&self) -> Vec<UnreadableField> {
        let mut taken = Vec::<UnreadableField>::new();
        for field in self.listed.borrow().iter() {
            if !taken.contains(field) {
                taken.push(field.clone());
            }
        }
        if self.more.get() > 0 {
            taken.push(UnreadableField {
                path: "…".to_owned(),
                why: format!("{} more fields", self.more.get()),
            });
        }
        taken
    }
}

/// An object key, borrowed from the input where it has no escapes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl Borrow<str> for Key<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The fields of one object, unread, and the keys that were sent more than once.
#[derive(Clone, Debug, Default)]
struct Fields<'a> {
    raw: BTreeMap<Key<'a>, &'a RawValue>,
    repeated: Vec<String>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
                let mut fields = Fields::default();
                while let Some((key, value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    if fields.raw.contains_key(&*key.0) && fields.repeated.len() < LISTED_AT_MOST {
                        fields.repeated.push(clean(&key.0));
                    }
                    fields.raw.insert(key, value);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// One object of a resource and where in the resource it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Node<'a> {
    length: usize,
    raw: BTreeMap<Key<'a>, &'a RawValue>,
    path: String,
    problems: Rc<Problems>,
}

impl<'a> Node<'a> {
    /// Reads the top of a resource. `None` where it is no JSON object.
    pub(super) fn root(json: &'a str) -> Option<Self> {
        Self::parse(json, String::new(), Rc::default())
    }

    fn parse(json: &'a str, path: String, problems: Rc<Problems>) -> Option<Self> {
        let fields = serde_json::from_str::<Fields<'a>>(json).ok()?;
        let node = Self {
            length: json.len(),
            raw: fields.raw,
            path,
            problems,
        };
        for name in &fields.repeated {
            node.problem(name, "sent more than once; the last is read");
        }
        Some(node)
    }

    /// The same object, its problems listed nowhere: for resources that are looked up by others.
    pub(super) fn quiet(&self) -> Self {
        Self {
            length: self.length,
            raw: self.raw.clone(),
            path: self.path.clone(),
            problems: Rc::default(),
        }
    }

    /// Bytes the object was sent in.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Every problem listed so far in the whole resource.
    pub(super) fn problems(&self) -> Vec<UnreadableField> {
        self.problems.taken()
    }

    /// Lists `name` as unreadable.
    pub(super) fn problem(&self, name: &str, why: impl Into<String>) {
        self.problems.add(self.path_of(name), why);
    }

    /// Whether anything in the field `name` is listed.
    pub(super) fn is_listed(&self, name: &str) -> bool {
        let path = self.path_of(name);
        let listed = self.problems.listed.borrow();
        listed.iter().any(|field| field.path.starts_with(&path))
    }

    /// Whether the field was sent with anything but `null`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// The names of the fields that were sent with anything but `null`.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.raw
            .iter()
            .filter(|(_, value)| value.get() != "null")
            .map(|(key, _)| &*key.0)
    }

    fn field(&self, name: &str) -> Option<&'a RawValue> {
        self.raw
            .get(name)
            .copied()
            .filter(|value| value.get() != "null")
    }

    fn path_of(&self, name: &str) -> String {
        match (self.path.as_str(), name) {
            (path, "") => path.to_owned(),
            ("", name) => name.to_owned(),
            (path, name) => format!("{path}.{name}"),
        }
    }

    fn misfit(&self, path: String, wanted: &str, value: &RawValue) {
        self.problems
            .add(path, format!("expected {wanted}, found {}", kind_of(value)));
    }

    /// Text without control characters and surrounding white space; empty text is absent.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = self.field(name)?;
        self.read_text(value, || self.path_of(name))
    }

    fn read_text(&self, value: &'a RawValue, path: impl Fn() -> String) -> Option<String> {
        if !value.get().starts_with('"') {
            self.misfit(path(), "text", value);
            return None;
        }
        if value.get().len() > TEXT_AT_MOST {
            self.problems
                .add(path(), format!("longer than {TEXT_AT_MOST} bytes"));
            return None;
        }
        let Ok(Key(text)) = serde_json::from_str(value.get()) else {
            self.problems.add(path(), "text with broken characters");
            return None;
        };
        Some(clean(&text)).filter(|text| !text.is_empty())
    }

    /// A code of a required value set, in lower case.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        self.text(name).map(|word| word.to_lowercase())
    }

    /// Text exactly as sent, for narratives.
    pub(super) fn raw_text(&self, name: &str) -> Option<String> {
        let value = self.field(name)?;
        if let Ok(Key(text)) = serde_json::from_str(value.get()) {
            return Some(text.into_owned());
        }
        self.misfit(self.path_of(name), "text", value);
        None
    }

    /// Whether the field is text (older FHIR versions send codes where R4 has a concept).
    pub(super) fn is_text(&self, name: &str) -> bool {
        self.field(name)
            .is_some_and(|value| value.get().starts_with('"'))
    }

    /// A number in its written form; a number in quotes is read too, its value being plain.
    pub(super) fn number(&self, name: &str) -> Option<Number> {
        let value = self.field(name)?;
        let written = value.get();
        let number = match written
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        {
            Some(quoted) => Number::parse(quoted),
            None => Number::parse(written),
        };
        if number.is_none() {
            match kind_of(value) {
                "a number" => self.problem(name, "not a finite number"),
                _ => self.misfit(self.path_of(name), "a number", value),
            }
        }
        number
    }

    /// A whole number from 0 to 4,294,967,295.
    pub(super) fn count(&self, name: &str) -> Option<u32> {
        let value = self.field(name)?;
        let count = value.get().parse().ok();
        if count.is_none() {
            self.misfit(self.path_of(name), "a whole number", value);
        }
        count
    }

    /// `true` or `false`.
    pub(super) fn truth(&self, name: &str) -> Option<bool> {
        let value = self.field(name)?;
        match value.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.misfit(self.path_of(name), "true or false", value);
                None
            }
        }
    }

    /// A date, date-time or instant.
    pub(super) fn date(&self, name: &str) -> Option<Date> {
        let date = Date::parse(&self.text(name)?);
        if date.is_none() {
            self.problem(name, "not a FHIR date");
        }
        date
    }

    /// An object; a list that holds one object is read as that one.
    pub(super) fn object(&self, name: &str) -> Option<Self> {
        let value = self.field(name)?;
        if let [only] = self.elements(value).as_slice() {
            return self.child(only, self.path_of(name));
        }
        self.misfit(self.path_of(name), "an object", value);
        None
    }

    /// Every object of a list, one by one; a single object is read as a list of one.
    pub(super) fn objects(&self, name: &str) -> Vec<Self> {
        self.each(name, |value, path| self.child(value, path))
    }

    /// Every text of a list, one by one; a single text is read as a list of one.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.each(name, |value, path| self.read_text(value, || path.clone()))
    }

    fn each<T>(&self, name: &str, read: impl Fn(&'a RawValue, String) -> Option<T>) -> Vec<T> {
        let Some(value) = self.field(name) else {
            return Vec::new();
        };
        let path = self.path_of(name);
        self.elements(value)
            .into_iter()
            .enumerate()
            .filter(|(_, element)| element.get() != "null")
            .filter_map(|(n, element)| read(element, format!("{path}[{n}]")))
            .collect()
    }

    #[expect(clippy::unused_self, reason = "reads as the others do")]
    fn elements(&self, value: &'a RawValue) -> Vec<&'a RawValue> {
        if value.get().starts_with('[') {
            serde_json::from_str(value.get()).unwrap_or_default()
        } else {
            vec![value]
        }
    }

    fn child(&self, value: &'a RawValue, path: String) -> Option<Self> {
        if !value.get().starts_with('{') {
            self.misfit(path, "an object", value);
            return None;
        }
        let child = Self::parse(value.get(), path.clone(), Rc::clone(&self.problems));
        if child.is_none() {
            self.problems.add(path, "an object with broken keys");
        }
        child
    }

    /// The elements of a list as they stand, `null` and misfits included, for Bundles; `None` where
    /// the field is no list and no object.
    pub(super) fn entries(&self, name: &str) -> Option<Vec<&'a str>> {
        let Some(value) = self.field(name) else {
            return Some(Vec::new());
        };
        let raw = value.get();
        (raw.starts_with('[') || raw.starts_with('{')).then(|| {
            self.elements(value)
                .into_iter()
                .map(RawValue::get)
                .collect()
        })
    }

    /// A field as it stands.
    pub(super) fn as_sent(&self, name: &str) -> Option<&'a str> {
        self.field(name).map(RawValue::get)
    }
}

fn kind_of(value: &RawValue) -> &'static str {
    match value.get().bytes().next() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "text",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => "nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(node: &Node<'_>) -> Vec<String> {
        node.problems()
            .into_iter()
            .map(|field| field.path)
            .collect()
    }

    #[test]
    fn one_bad_element_is_listed_and_the_others_are_kept() {
        let node = Node::root(r#"{"given":["a",7,null,"b",{"c":1}]}"#).unwrap();
        assert_eq!(node.texts("given"), ["a", "b"]);
        assert_eq!(paths(&node), ["given[1]", "given[4]"]);
    }

    #[test]
    fn nested_paths_name_the_place() {
        let node = Node::root(r#"{"reaction":[{"severity":{}},{"severity":"mild"}]}"#).unwrap();
        let severities: Vec<_> = node
            .objects("reaction")
            .iter()
            .map(|r| r.word("severity"))
            .collect();
        assert_eq!(severities, [None, Some("mild".to_owned())]);
        assert_eq!(paths(&node), ["reaction[0].severity"]);
    }

    #[test]
    fn a_key_sent_twice_is_listed_and_the_last_is_read() {
        let node = Node::root(r#"{"status":"active","status":"resolved"}"#).unwrap();
        assert_eq!(node.text("status").as_deref(), Some("resolved"));
        assert_eq!(paths(&node), ["status"]);
    }

    #[test]
    fn numbers_keep_their_digits_and_huge_ones_are_listed() {
        let node = Node::root(r#"{"a":5.10,"b":1e999,"c":"7.0","d":true}"#).unwrap();
        assert_eq!(node.number("a").unwrap().written(), "5.10");
        assert_eq!(node.number("c").unwrap().written(), "7.0");
        assert!(node.number("b").is_none() && node.number("d").is_none());
        assert_eq!(paths(&node), ["b", "d"]);
    }

    #[test]
    fn nulls_and_empty_texts_are_absent_and_no_problem() {
        let node = Node::root(r#"{"a":null,"b":"","c":" 　","d":[null]}"#).unwrap();
        assert!(node.text("a").is_none() && node.text("b").is_none() && node.text("c").is_none());
        assert!(node.objects("d").is_empty());
        assert!(node.problems().is_empty());
    }

    #[test]
    fn lone_surrogates_and_impossible_dates_are_listed() {
        let node = Node::root(r#"{"a":"\ud800","b":"2025-02-30"}"#).unwrap();
        assert!(node.text("a").is_none() && node.date("b").is_none());
        assert_eq!(paths(&node), ["a", "b"]);
    }

    #[test]
    fn a_million_wrong_elements_are_counted_not_listed() {
        let json = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(9_999));
        let node = Node::root(&json).unwrap();
        assert!(node.texts("a").is_empty());
        let problems = node.problems();
        assert_eq!(problems.len(), LISTED_AT_MOST + 1);
        assert_eq!(problems.last().unwrap().why, "9950 more fields");
    }

    #[test]
    fn a_single_object_and_a_list_of_one_mean_the_same() {
        let node = Node::root(r#"{"a":{"x":"1"},"b":[{"x":"1"}]}"#).unwrap();
        assert_eq!(node.objects("a").len(), 1);
        assert_eq!(
            node.object("b").and_then(|b| b.text("x")).as_deref(),
            Some("1")
        );
        assert!(node.problems().is_empty());
    }
}
