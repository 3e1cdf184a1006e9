//! `[review]`: what flags emergency grants, and where other systems lay their lists.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;

use super::{Problem, Wording};
use crate::{
    domain::review::{Rule, Setting, Table, Unit, problem_of},
    review::Settings,
};

/// The largest threshold, whatever it counts.
const LARGEST: u32 = 100_000;

/// `[review]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReviewPart {
    /// Where registrations, rosters and other lists are laid: a folder for each facility's id in it.
    pub folder: Option<PathBuf>,
    /// `[review.rules.NAME]`: what is not written stays as it is by default.
    pub rules: BTreeMap<String, RulePart>,
}

/// One rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RulePart {
    /// Whether it flags anything.
    pub on: Option<bool>,
    /// Its threshold, where it has one.
    pub threshold: Option<u32>,
    /// Its name.
    pub name: Option<Wording>,
    /// Why it flags, in one sentence: `{n}` is what was counted, `{limit}` the threshold.
    pub sentence: Option<Wording>,
}

impl ReviewPart {
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(folder) = &self.folder
            && !folder.is_dir()
        {
            let why = format!("review.folder: {} is no folder", folder.display());
            problems.push(Problem(why));
        }
        for (word, part) in &self.rules {
            let mut say = |why: &str| problems.push(Problem(format!("review.rules.{word}: {why}")));
            let Some(rule) = Rule::parse(word) else {
                say("there is no such rule");
                continue;
            };
            match part.threshold {
                Some(_) if rule.unit() == Unit::None => say("this rule has no threshold"),
                Some(0) => say("threshold must be above 0"),
                Some(large) if large > LARGEST => say("threshold is too large"),
                Some(_) | None => {}
            }
            for (what, wording) in [("name", &part.name), ("sentence", &part.sentence)] {
                let written = wording.iter().flat_map(|words| [&words.ja, &words.en]);
                for why in written.filter_map(|words| problem_of(words)) {
                    say(&format!("{what} {why}"));
                }
            }
        }
        problems
    }

    /// What a node needs, defaults completed.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let mut table = Table::default();
        for (word, part) in &self.rules {
            let Some(rule) = Rule::parse(word) else {
                continue;
            };
            let known = table.of(rule);
            let words = |wording: &Wording| [wording.ja.clone(), wording.en.clone()];
            let setting = Setting {
                on: part.on.unwrap_or(known.on),
                threshold: part.threshold.unwrap_or(known.threshold),
                name: part.name.as_ref().map(words),
                sentence: part.sentence.as_ref().map(words),
            };
            table.set(rule, setting);
        }
        Settings {
            table,
            folder: self.folder.clone(),
            ..Settings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> ReviewPart {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_written_takes_the_place_of_the_default_and_nothing_else_changes() {
        let part = part(
            "[rules.trawling]\nthreshold = 9\n\
             [rules.other_reason]\non = false\nname = { ja = \"他\", en = \"other\" }\n",
        );
        assert_eq!(part.problems(), []);
        let table = part.settings().table;
        assert_eq!(table.of(Rule::Trawling).threshold, 9);
        assert!(table.is_on(Rule::Trawling) && !table.is_on(Rule::OtherReason));
        let untouched = Table::default();
        for rule in Rule::ALL {
            if !matches!(rule, Rule::Trawling | Rule::OtherReason) {
                assert_eq!(table.of(rule), untouched.of(rule));
            }
        }
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let part = part(
            "folder = \"/there/is/none\"\n\
             [rules.nonsense]\non = true\n\
             [rules.decoy]\nthreshold = 3\n\
             [rules.trawling]\nthreshold = 0\nsentence = { ja = \"{count}\", en = \"\" }\n",
        );
        let said: Vec<String> = part.problems().into_iter().map(|one| one.0).collect();
        for words in [
            "review.folder: /there/is/none is no folder",
            "review.rules.nonsense: there is no such rule",
            "review.rules.decoy: this rule has no threshold",
            "review.rules.trawling: threshold must be above 0",
            "review.rules.trawling: sentence has braces that are neither {n} nor {limit}",
            "review.rules.trawling: sentence is empty",
        ] {
            assert!(said.iter().any(|line| line == words), "{words}: {said:?}");
        }
    }
}
