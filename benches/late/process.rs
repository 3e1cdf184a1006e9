//! What this process holds.

/// Resident bytes.
pub(crate) fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1_024
}

/// Open descriptors.
pub(crate) fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The sum of a gauge or counter at the product's metrics address; `None` where there is none.
pub(crate) fn metric(address: &str, name: &str) -> Option<f64> {
    metric_with(address, name, "")
}

/// The same, of the rows with this label.
pub(crate) fn metric_with(address: &str, name: &str, label: &str) -> Option<f64> {
    let text = metrics(address);
    let mut values = rows(&text, name, label).map(|(_, value)| value).peekable();
    values.peek()?;
    Some(values.sum())
}

/// A histogram with this label: bounds in ascending order, and how many stayed below each.
pub(crate) fn buckets(address: &str, name: &str, label: &str) -> Vec<(f64, f64)> {
    let text = metrics(address);
    rows(&text, &format!("{name}_bucket"), label)
        .filter_map(|(row, count)| {
            let (_, bound) = row.split_once("le=\"")?;
            let (bound, _) = bound.split_once('"')?;
            Some((bound.parse().unwrap_or(f64::INFINITY), count))
        })
        .collect()
}

/// Below what so many of a hundred stayed between two readings; inside a bucket evenly.
pub(crate) fn at_percent(percent: f64, before: &[(f64, f64)], after: &[(f64, f64)]) -> f64 {
    let earlier = |place: usize| before.get(place).map_or(0.0, |(_, count)| *count);
    let since: Vec<(f64, f64)> = after
        .iter()
        .enumerate()
        .map(|(place, (bound, count))| (*bound, count - earlier(place)))
        .collect();
    let wanted = since
        .last()
        .map_or(f64::NAN, |(_, all)| all * percent / 100.0);
    let mut below = (0.0, 0.0);
    for (bound, count) in since {
        if count >= wanted {
            let part = (wanted - below.1) / (count - below.1).max(1.0);
            return below.0 + (bound - below.0) * part;
        }
        below = (bound, count);
    }
    f64::NAN
}

fn metrics(address: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let answer = crate::browser::client().get(address).send().await;
        answer.unwrap().text().await.unwrap()
    })
}

fn rows<'a>(text: &'a str, name: &'a str, label: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
    text.lines()
        .filter(move |line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']) && rest.contains(label))
        })
        .filter_map(|line| Some((line, line.rsplit(' ').next()?.parse().ok()?)))
}
