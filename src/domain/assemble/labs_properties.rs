//! Laboratory rows of anything: every piece has one fate, and no value stands without its unit.

use proptest::prelude::*;

use super::{
    super::rows_testing::{coded, observation, quantity, today},
    tests::{LOINC, section},
    *,
};
use crate::domain::code::Concept;

fn any_value() -> impl Strategy<Value = Value> {
    let unit = prop::option::of(prop::sample::select(vec![
        "mg/dL", "μmol/L", "mmol/L", "", "1",
    ]));
    let comparator = prop::option::of(prop::sample::select(vec!["<", "<=", ">", ">=", "ad"]));
    prop_oneof![
        (comparator, "[0-9]{1,3}(\\.[0-9]{1,2})?", unit)
            .prop_map(|(comparator, number, unit)| quantity(comparator, &number, unit)),
        "[0-9]{1,2}".prop_map(Value::Text),
        "[0-9]".prop_map(|code| Value::Concept(coded("urn:x/JP_PosNegHold_CS", &code, ""))),
        Just(Value::None),
        Just(Value::Unreadable),
        Just(Value::Concept(Concept::default())),
    ]
}

fn any_observation() -> impl Strategy<Value = Observation> {
    let code = prop::sample::select(vec!["2160-0", "777-3", "883-9", "6301-6", "0000-0"]);
    let status = prop::option::of(prop::sample::select(vec![
        "final",
        "preliminary",
        "cancelled",
        "odd",
    ]));
    (code, any_value(), 0_i64..1500, any::<bool>(), status).prop_map(
        |(code, value, days, dated, status)| {
            let day = today() - chrono::TimeDelta::days(days);
            let mut result = observation(coded(LOINC, code, "検査名"), value, &day.to_string());
            result.status = status.map(str::to_owned);
            result.effective = result.effective.filter(|_| dated);
            result
        },
    )
}

proptest! {
    #[test]
    fn every_piece_has_one_fate_and_no_number_stands_without_a_unit(results in prop::collection::vec(any_observation(), 0..24)) {
        let section = section(results);
        for item in &section.items {
            let value = item.value.clone().unwrap_or_default();
            prop_assert!(value.parse::<f64>().is_err(), "{value}");
            for part in item.details.iter().filter_map(|detail| detail.strip_prefix("前回 ")) {
                let first = part.split(' ').next().unwrap_or_default();
                prop_assert!(first.parse::<f64>().is_err(), "{part}");
            }
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_change_the_values_shown(results in prop::collection::vec(any_observation(), 0..12)) {
        let mut turned = results.clone();
        turned.reverse();
        let shown = |section: &Built| {
            let mut all: Vec<_> = section.items.iter().map(|item| (item.title.clone(), item.date.clone())).collect();
            all.sort();
            all
        };
        prop_assert_eq!(shown(&section(results)), shown(&section(turned)));
    }
}
