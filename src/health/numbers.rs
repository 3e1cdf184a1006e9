//! What the node counts of itself, read back from the text that it also shows to Prometheus: one
//! account of everything, whoever reads it.

use std::time::Duration;

/// A reading of every metric.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<Number>);

#[derive(Debug)]
struct Number {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Number {
    fn label(&self, name: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(known, _)| known == name)?;
        Some(&found.1)
    }

    fn has(&self, wanted: &[(&str, &str)]) -> bool {
        wanted
            .iter()
            .all(|(name, value)| self.label(name) == Some(value))
    }

    /// `name{label="value",…} number`; `None` where it is none.
    fn read(line: &str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let (series, value) = line.rsplit_once(' ')?;
        let value = value.parse().ok()?;
        let (name, labels) = match series.split_once('{') {
            None => (series, Vec::new()),
            Some((name, labels)) => (name, read_labels(labels.strip_suffix('}')?)?),
        };
        Some(Self {
            name: name.to_owned(),
            labels,
            value,
        })
    }
}

/// `a="b",c="d"`; no value of ours holds a quote.
fn read_labels(text: &str) -> Option<Vec<(String, String)>> {
    text.split_terminator("\",")
        .map(|label| label.strip_suffix('"').unwrap_or(label))
        .map(|label| {
            let (name, value) = label.split_once("=\"")?;
            Some((name.trim().to_owned(), value.to_owned()))
        })
        .collect()
}

impl Numbers {
    /// Reads the text; lines that are not understood are left out.
    pub(super) fn read(text: &str) -> Self {
        Self(text.lines().filter_map(Number::read).collect())
    }

    /// The sum of every series of a name with these labels; `None` where there is none.
    pub(super) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.sum_where(labels, |known| known == name)
    }

    /// The same of every series whose name passes.
    pub(super) fn sum_where(
        &self,
        labels: &[(&str, &str)],
        is_wanted: impl Fn(&str) -> bool,
    ) -> Option<f64> {
        self.0
            .iter()
            .filter(|number| is_wanted(&number.name) && number.has(labels))
            .map(|number| number.value)
            .reduce(|sum, value| sum + value)
    }

    /// A counter; 0 where nothing was counted yet.
    pub(super) fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        whole(self.sum(name, labels).unwrap_or_default())
    }

    /// A histogram, all its series with these labels together.
    pub(super) fn spans(&self, name: &str, labels: &[(&str, &str)]) -> Spans {
        let mut spans = Spans::default();
        for number in &self.0 {
            let is_bucket = number.name.strip_suffix("_bucket") == Some(name);
            if is_bucket
                && number.has(labels)
                && let Some(bound) = number.label("le").and_then(|bound| bound.parse().ok())
            {
                spans.add(bound, whole(number.value));
            }
        }
        spans.0.sort_by(|left, right| left.0.total_cmp(&right.0));
        spans
    }
}

/// A counter's value.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count: no sign, and none reaches 2⁵³"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0) as u64
}

/// How many took at most so many seconds, for each bound of a histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spans(Vec<(f64, u64)>);

/// A share of all took no longer than this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// About so long, between the bounds of the histogram.
    pub about: Duration,
    /// Whether it was more than the histogram can tell: [`Self::about`] is its last bound.
    pub is_more: bool,
}

impl Spans {
    fn add(&mut self, bound: f64, count: u64) {
        match self.0.iter_mut().find(|(known, _)| same(*known, bound)) {
            Some((_, known)) => *known += count,
            None => self.0.push((bound, count)),
        }
    }

    /// Two histograms together.
    pub(super) fn with(mut self, other: Self) -> Self {
        for (bound, count) in other.0 {
            self.add(bound, count);
        }
        self.0.sort_by(|left, right| left.0.total_cmp(&right.0));
        self
    }

    /// What came since an earlier reading of the same histogram.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let before = |bound: f64| {
            let known = earlier.0.iter().find(|(known, _)| same(*known, bound));
            known.map_or(0, |(_, count)| *count)
        };
        let less = |&(bound, count): &(f64, u64)| (bound, count.saturating_sub(before(bound)));
        Self(self.0.iter().map(less).collect())
    }

    /// How long `percent` of a hundred took at most; `None` where nothing was measured.
    pub(super) fn percentile(&self, percent: u32) -> Option<Span> {
        let all = self
            .0
            .last()
            .map(|(_, count)| *count)
            .filter(|all| *all > 0)?;
        let wanted = share(all) * f64::from(percent) / 100.0;
        let (mut low, mut below) = (0.0, 0);
        for &(bound, count) in &self.0 {
            if share(count) < wanted {
                (low, below) = (bound, count);
                continue;
            }
            if bound.is_infinite() {
                return Some(span(low, true));
            }
            let within = share(count.saturating_sub(below)).max(1.0);
            let part = ((wanted - share(below)) / within).clamp(0.0, 1.0);
            return Some(span(low + (bound - low) * part, false));
        }
        None
    }
}

fn same(left: f64, right: f64) -> bool {
    left.total_cmp(&right).is_eq()
}

fn span(seconds: f64, is_more: bool) -> Span {
    Span {
        about: Duration::try_from_secs_f64(seconds).unwrap_or_default(),
        is_more,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no count reaches 2⁵³")]
fn share(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# HELP x y\n\
        # TYPE source_answer_seconds histogram\n\
        source_answer_seconds_bucket{source=\"emr\",outcome=\"answered\",le=\"0.1\"} 50\n\
        source_answer_seconds_bucket{source=\"emr\",outcome=\"answered\",le=\"0.3\"} 90\n\
        source_answer_seconds_bucket{source=\"emr\",outcome=\"answered\",le=\"+Inf\"} 90\n\
        source_answer_seconds_bucket{source=\"emr\",outcome=\"late\",le=\"0.1\"} 0\n\
        source_answer_seconds_bucket{source=\"emr\",outcome=\"late\",le=\"0.3\"} 0\n\
        source_answer_seconds_bucket{source=\"emr\",outcome=\"late\",le=\"+Inf\"} 10\n\
        ledger_entries 1234\n\
        http_requests_total{route=\"/summary/{grant}\",status=\"2xx\"} 7\n\
        broken line here\n";

    #[test]
    fn what_is_shown_to_prometheus_is_read_back_with_its_labels() {
        let numbers = Numbers::read(TEXT);
        assert_eq!(numbers.count("ledger_entries", &[]), 1234);
        let labels = [("route", "/summary/{grant}"), ("status", "2xx")];
        assert_eq!(numbers.count("http_requests_total", &labels), 7);
        assert_eq!(
            numbers.sum("http_requests_total", &[("status", "5xx")]),
            None
        );
        assert_eq!(numbers.sum("no_such_gauge", &[]), None);
    }

    #[test]
    fn percentiles_lie_between_the_bounds_and_say_where_they_are_beyond_the_last() {
        let spans = Numbers::read(TEXT).spans("source_answer_seconds", &[("source", "emr")]);
        let at = |percent| spans.percentile(percent).unwrap();
        assert_eq!(at(50), span(0.1, false));
        assert_eq!(at(70), span(0.2, false));
        assert_eq!(at(95), span(0.3, true));
        assert_eq!(Spans::default().percentile(50), None);
        assert_eq!(
            spans.since(&spans).percentile(50),
            None,
            "nothing came since"
        );
    }
}
