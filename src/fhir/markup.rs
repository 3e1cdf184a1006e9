//! Markup as it goes to the sanitiser: elements of structure, each opened once and closed once.

/// Elements that give text its shape. Everything else is dropped, its words kept.
pub(super) const ELEMENTS: [&str; 47] = [
    "section",
    "article",
    "header",
    "footer",
    "aside",
    "address",
    "figure",
    "figcaption",
    "center",
    "p",
    "div",
    "br",
    "hr",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "b",
    "strong",
    "i",
    "em",
    "u",
    "sub",
    "sup",
    "s",
    "strike",
    "del",
    "ins",
    "small",
];
/// Elements dropped with all that is in them.
pub(super) const DROPPED: [&str; 14] = [
    "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "title",
    "head", "audio", "video", "canvas",
];
/// Those of [`DROPPED`] in which nothing but their own end is a tag.
const RAW: [&str; 5] = ["script", "style", "noscript", "iframe", "title"];
/// Elements that are never closed.
const VOID: [&str; 3] = ["br", "hr", "embed"];
/// Attributes of cells that are kept.
const SPANS: [&str; 2] = ["colspan", "rowspan"];

/// No more elements than these may be open at a time.
const DEEPEST: usize = 100;
/// The greatest number of open elements times the number of tags: an HTML parser may open each of
/// them anew at every tag.
const MOST_WORK: usize = 500_000;

/// `markup` with every element closed where XHTML closes it. An HTML parser ignores the slash of
/// `<del/>`, and strikes out whatever follows; it opens formatting anew in every paragraph.
///
/// `None` where building the tree would take too much time or memory.
pub(super) fn ordered(markup: &str) -> Option<String> {
    let lower = markup.to_ascii_lowercase();
    let mut writer = Writer::default();
    let mut scanner = Scanner {
        rest: markup,
        lower: &lower,
        quotes_end: true,
    };
    while let Some((text, tag)) = scanner.next() {
        writer.text(text);
        match tag {
            Some(Tag::Opens { name, body, closed }) => {
                writer.opens(name, body, closed);
                if RAW.contains(&name) && !closed {
                    scanner.skip_to_end_of(name);
                }
            }
            Some(Tag::Closes(name)) => writer.closes(name),
            Some(Tag::LessThan) => writer.out.push_str("&lt;"),
            None => {}
        }
        if writer.deepest > DEEPEST || writer.deepest.saturating_mul(writer.tags) > MOST_WORK {
            return None;
        }
    }
    Some(writer.finished())
}

/// What follows a text.
enum Tag<'t> {
    /// `<name …>`; `closed` where it ends in `/>`.
    Opens {
        name: &'t str,
        body: &'t str,
        closed: bool,
    },
    /// `</name>`
    Closes(&'t str),
    /// A bracket that opens no tag.
    LessThan,
}

struct Scanner<'t> {
    rest: &'t str,
    /// The rest in lower case, of the same length.
    lower: &'t str,
    /// `false` once a quote was found that nothing ends: then quotes are letters, and the rest is
    /// not read once more at every tag.
    quotes_end: bool,
}

impl<'t> Scanner<'t> {
    /// The text up to the next bracket, and what that is; no tag for comments and declarations.
    fn next(&mut self) -> Option<(&'t str, Option<Tag<'t>>)> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(at) = self.rest.find('<') else {
            return self.take(self.rest.len()).map(|(text, _)| (text, None));
        };
        let (text, _) = self.take(at)?;
        self.take(1)?;
        Some((text, self.tag()))
    }

    fn tag(&mut self) -> Option<Tag<'t>> {
        if self.lower.starts_with("!--") {
            let end = self.lower.find("-->").map(|at| at + 3);
            self.take(end.unwrap_or(self.rest.len()));
            return None;
        }
        let is_tag = self
            .lower
            .trim_start_matches('/')
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?');
        let Some(end) = self.end_of_tag().filter(|_| is_tag) else {
            return Some(Tag::LessThan);
        };
        let (_, body) = self.take(end)?;
        self.take(1)?;
        let (is_end, named) = match body.strip_prefix('/') {
            Some(named) => (true, named.trim_start_matches('/')),
            None => (false, body),
        };
        let length = named
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(named.len());
        let (name, body) = named.split_at_checked(length)?;
        if name.is_empty() {
            return None;
        }
        Some(if is_end {
            Tag::Closes(name)
        } else {
            Tag::Opens {
                name,
                body,
                closed: body.ends_with('/'),
            }
        })
    }

    /// Where the tag's own `>` is: one in quotes is not.
    fn end_of_tag(&mut self) -> Option<usize> {
        if self.quotes_end {
            let mut quote = None;
            let end = self.rest.find(|c: char| match quote {
                Some(open) if open == c => {
                    quote = None;
                    false
                }
                Some(_) => false,
                None => {
                    quote = matches!(c, '"' | '\'').then_some(c);
                    c == '>'
                }
            });
            if end.is_some() {
                return end;
            }
            self.quotes_end = false;
        }
        self.rest.find('>')
    }

    fn skip_to_end_of(&mut self, name: &str) {
        let end = self.lower.find(&format!("</{name}"));
        self.take(end.unwrap_or(self.rest.len()));
    }

    /// The next `length` bytes, as sent and in lower case.
    fn take(&mut self, length: usize) -> Option<(&'t str, &'t str)> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        let (lower, lower_rest) = self.lower.split_at_checked(length)?;
        (self.rest, self.lower) = (rest, lower_rest);
        Some((taken, lower))
    }
}

#[derive(Default)]
struct Writer<'t> {
    out: String,
    open: Vec<&'t str>,
    deepest: usize,
    tags: usize,
}

impl<'t> Writer<'t> {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn opens(&mut self, name: &'t str, body: &str, closed: bool) {
        if RAW.contains(&name) || !(ELEMENTS.contains(&name) || DROPPED.contains(&name)) {
            return;
        }
        while self.open.last().is_some_and(|last| is_ended_by(last, name)) {
            self.close_last();
        }
        self.tags += 1;
        self.out.push('<');
        self.out.push_str(name);
        if matches!(name, "td" | "th") {
            for span in SPANS {
                if let Some(number) = span_of(body, span) {
                    for part in [" ", span, "=\"", number, "\""] {
                        self.out.push_str(part);
                    }
                }
            }
        }
        self.out.push('>');
        if VOID.contains(&name) {
            return;
        }
        self.open.push(name);
        self.deepest = self.deepest.max(self.open.len());
        if closed {
            self.close_last();
        }
    }

    /// Closes what is open within it too; an end of what is not open is none.
    fn closes(&mut self, name: &str) {
        let Some(at) = self.open.iter().rposition(|open| *open == name) else {
            return;
        };
        while self.open.len() > at {
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        if let Some(name) = self.open.pop() {
            self.tags += 1;
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    fn finished(mut self) -> String {
        while !self.open.is_empty() {
            self.close_last();
        }
        self.out
    }
}

/// Elements whose end may be left out before the next of their kind.
fn is_ended_by(last: &str, name: &str) -> bool {
    matches!(
        (last, name),
        ("p", "p")
            | ("li", "li")
            | ("dt" | "dd", "dt" | "dd")
            | ("td" | "th", "td" | "th" | "tr")
            | ("tr", "tr")
    )
}

/// The number of `colspan="2"`.
fn span_of<'t>(body: &'t str, span: &str) -> Option<&'t str> {
    let (_, after) = body.split_once(span)?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let length = value
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(value.len());
    let (number, _) = value.split_at_checked(length)?;
    (1..=3).contains(&number.len()).then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_element_is_closed_where_xhtml_closes_it() {
        for (sent, expected) in [
            ("<del/>続行", "<del></del>続行"),
            ("<S class=\"x\" />続行<br/>", "<s></s>続行<br>"),
            ("<p><b>a</p><p>b</p>", "<p><b>a</b></p><p>b</p>"),
            ("<div></x>a</b>", "<div>a</div>"),
            ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
            (
                "<table><tr><td COLSPAN='2' title=\"1 > 0\">a<td>b<tr><td>c</table>",
                "<table><tr><td colspan=\"2\">a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            ),
            ("CRP < 0.1 <- a <p", "CRP &lt; 0.1 &lt;- a &lt;p"),
            ("<p title=\"x>a</p>b", "<p>a</p>b"),
            ("a<!-- <b> -->b<?xml x?>c<script>\"</b>\"</script>d", "abcd"),
            ("<svg><div></svg>a", "<svg><div></div></svg>a"),
        ] {
            assert_eq!(ordered(sent).as_deref(), Some(expected), "{sent}");
        }
    }

    #[test]
    fn brackets_and_quotes_that_nothing_ends_are_read_once() {
        let started = "<p \"".repeat(60_000) + &"<a".repeat(60_000);
        assert_eq!(ordered(&started).unwrap().matches("&lt;").count(), 120_000);
        let ended = "<p '".repeat(60_000) + ">a";
        assert_eq!(ordered(&ended).as_deref(), Some("<p>a</p>"));
    }

    proptest! {
        #[test]
        fn what_is_opened_is_closed_in_turn(sent in "(</?(p|b|div|td|svg|script|x|br)( [a-z=\"'/]{0,5})?/?>|[a<>&\"'/!-]){0,60}") {
            let written = ordered(&sent).unwrap();
            let mut open = Vec::new();
            for tag in written.split('<').skip(1) {
                let (tag, _) = tag.split_once('>').unwrap();
                if let Some(name) = tag.strip_prefix('/') {
                    prop_assert_eq!(open.pop(), Some(name), "{}", written);
                } else if tag != "br" {
                    open.push(tag);
                }
            }
            prop_assert!(open.is_empty(), "{}", written);
        }
    }
}
