//! 手術: latest first; those that leave a device in the body are marked.

use crate::domain::{section::SectionName, summary::Tone, words::records::Records};

use super::{
    piece::{Built, Context, Piece},
    procedure_rows::{Done, inside, row},
    rows,
};

/// A native arteriovenous shunt (内シャント設置術) leaves nothing foreign; one with a graft says so.
/// Words of operations that leave something in the body: what stops an MRI, needs anticoagulants,
/// or must be known before a puncture.
const DEVICE_WORDS: [&str; 40] = [
    "ペースメーカ",
    "除細動器",
    "再同期",
    "ステント",
    "人工弁",
    "弁置換",
    "弁留置",
    "人工血管",
    "補助人工心臓",
    "人工関節",
    "関節置換",
    "人工骨頭",
    "人工骨",
    "内固定",
    "骨接合",
    "髄内釘",
    "脊椎固定",
    "脳室腹腔",
    "腰椎腹腔",
    "髄液シャント",
    "グラフト",
    "プレート",
    "スクリュー",
    "ワイヤー",
    "クリップ",
    "クリッピング",
    "コイル",
    "インプラント",
    "人工内耳",
    "眼内レンズ",
    "植込",
    "植え込",
    "埋込",
    "埋め込",
    "皮下ポート",
    "cvポート",
    "刺激装置",
    "メッシュ",
    "フィルター留置",
    "閉鎖栓",
];

/// The same in English, whole words only ("plate" is not in "platelets").
const DEVICE_WORDS_ENGLISH: [&str; 22] = [
    "pacemaker",
    "defibrillator",
    "icd",
    "crt",
    "crtd",
    "stent",
    "stenting",
    "prosthesis",
    "prosthetic",
    "arthroplasty",
    "implant",
    "implantation",
    "implantable",
    "ventriculoperitoneal",
    "lumboperitoneal",
    "plate",
    "screw",
    "clip",
    "clipping",
    "coil",
    "graft",
    "lvad",
];

/// Words of operations that take a device out again.
const REMOVAL_WORDS: [&str; 7] = [
    "抜去",
    "除去",
    "摘出",
    "抜釘",
    "removal",
    "explantation",
    "extraction",
];

/// Builds the section.
pub(super) fn build(pieces: &[Piece<'_>], context: &Context<'_>) -> Built {
    let mut built = Built::default();
    let words = rows::words(context);
    for group in inside(SectionName::Operations, pieces, context, &mut built) {
        let Some(mut item) = row(&group, context, &mut built) else {
            continue;
        };
        if let Some(mark) = group.first().and_then(|done| device_mark(done, words)) {
            item.tags.insert(0, mark);
        }
        built.items.push(rows::complete(item));
    }
    built
}

fn device_mark(done: &Done<'_, '_>, words: &Records) -> Option<crate::domain::summary::Tag> {
    if !done.is_done() {
        return None;
    }
    let names: Vec<String> = std::iter::once(done.title.clone())
        .chain(
            done.procedure
                .code
                .codings
                .iter()
                .filter_map(|coding| coding.display.clone()),
        )
        .collect();
    let removed = names.iter().any(|name| {
        let name = rows::same(name);
        !name.contains("交換") && REMOVAL_WORDS.iter().any(|word| name.contains(word))
    });
    let concerns =
        !done.procedure.devices.is_empty() || names.iter().any(|name| leaves_device(name));
    match (concerns, removed) {
        (true, false) => Some(rows::tag(Tone::Warning, words.device)),
        (true, true) => Some(rows::tag(Tone::Info, words.device_removed)),
        (false, _) => None,
    }
}

/// Whether the name of an operation says that something stays in the body.
fn leaves_device(name: &str) -> bool {
    let folded = rows::same(name);
    let lower = crate::domain::text::normalised(name).to_lowercase();
    DEVICE_WORDS.iter().any(|word| folded.contains(word))
        || lower
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| {
                DEVICE_WORDS_ENGLISH.contains(&word)
                    || DEVICE_WORDS_ENGLISH.contains(&word.trim_end_matches('s'))
            })
}

#[cfg(test)]
#[path = "operations_tests.rs"]
mod tests;
