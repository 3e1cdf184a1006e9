//! Procedure.

use super::{
    datatype::{quantity_words, range_words},
    party::thing_words,
    reference::Context,
};
use crate::domain::procedure::Procedure;

/// What it says; `None` where nothing that names the procedure could be read.
pub(super) fn read(context: &Context<'_, '_, '_>) -> Option<Procedure> {
    let node = context.node();
    let period = node.period("performedPeriod").unwrap_or_default();
    let age = node.quantity("performedAge").as_ref().map(quantity_words);
    let range = || {
        node.object("performedRange")?
            .as_range()
            .as_ref()
            .map(range_words)
    };
    let procedure = Procedure {
        code: node.concept("code").unwrap_or_default(),
        category: node.concepts("category").into_iter().next(),
        status: node.word("status"),
        performed: node
            .date("performedDateTime")
            .or(period.start)
            .or(period.end),
        performed_until: period.end,
        performed_text: node.text("performedString").or(age).or_else(range),
        body_sites: node.each_in_words("bodySite"),
        status_reason: node.words("statusReason"),
        devices: devices(context),
        notes: node.notes("note"),
    };
    let says_something =
        !procedure.code.is_empty() || !procedure.notes.is_empty() || !procedure.devices.is_empty();
    says_something.then_some(procedure)
}

fn devices(context: &Context<'_, '_, '_>) -> Vec<String> {
    let node = context.node();
    let mut devices = Vec::new();
    for device in node.objects("focalDevice") {
        let manipulated = device
            .reference("manipulated")
            .and_then(|to| thing_words(context, &to));
        devices.extend(manipulated.or_else(|| device.words("action")));
    }
    devices.extend(node.each_in_words("usedCode"));
    let used = node.references("usedReference");
    devices.extend(used.iter().filter_map(|to| thing_words(context, to)));
    devices
}
