//! Encounter.

use super::node::Node;
use crate::domain::visit::Visit;

/// What it says; `None` where nothing about the visit could be read.
pub(super) fn read(node: &Node<'_>) -> Option<Visit> {
    let period = node.period("period").unwrap_or_default();
    let mut reasons = node.each_in_words("reasonCode");
    // Only the words beside the reference: the problem itself may be one that is to be covered.
    for reason in node
        .references("reasonReference")
        .into_iter()
        .filter_map(|to| to.display)
    {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let stay = node
        .object("hospitalization")
        .or_else(|| node.object("admission"));
    let visit = Visit {
        class: node.objects("class").first().and_then(|class| {
            let coding = class.as_coding();
            coding.or_else(|| class.codings("coding").into_iter().next())
        }),
        types: node.concepts("type"),
        status: node.word("status"),
        starts: period.start,
        ends: period.end,
        department: department(node),
        reasons,
        disposition: stay.and_then(|stay| stay.concept("dischargeDisposition")),
    };
    let nothing = Visit {
        status: visit.status.clone(),
        ..Visit::default()
    };
    (visit != nothing).then_some(visit)
}

fn department(node: &Node<'_>) -> Option<String> {
    let service = node.each_in_words("serviceType").into_iter().next();
    service.or_else(|| {
        node.extensions("JP_eCS_Department")
            .first()?
            .words("valueCodeableConcept")
    })
}
