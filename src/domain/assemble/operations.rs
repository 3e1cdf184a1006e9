//! 手術: latest first; those that leave a device in the body are marked.

use crate::domain::{section::SectionName, summary::Tone, words::records::Records};

use super::{
    piece::{Built, Context, Piece},
    procedure_rows::{Done, inside, row},
    rows,
};

/// Words of operations that leave something in the body: what stops an MRI, needs anticoagulants,
/// or must be known before a puncture. A native arteriovenous shunt (内シャント設置術) leaves nothing
/// foreign; one with a graft says so. Names of chapter K of the fee schedule, [general knowledge].
const DEVICE_WORDS: [&str; 62] = [
    // Heart and vessels.
    "ペースメーカ",
    "除細動器",
    "再同期",
    "心電図記録計移植",
    "ステント",
    "人工弁",
    "弁置換",
    "弁留置",
    "弁輪",
    "弁クリップ",
    "左心耳閉鎖",
    "経皮的心房中隔欠損閉鎖",
    "経皮的動脈管閉鎖",
    "閉鎖栓",
    "人工血管",
    "グラフト",
    "人工心臓",
    "フィルター留置",
    "フィルター設置",
    // Bones and joints.
    "人工関節",
    "関節置換",
    "人工骨頭",
    "人工骨",
    "内固定",
    "骨接合",
    "髄内釘",
    "脊椎固定",
    "脊柱固定",
    "椎固定",
    "椎体間固定",
    "後方固定",
    "前方固定",
    "プレート",
    "スクリュー",
    "ワイヤー",
    // Head, nerves, senses.
    "脳室腹腔",
    "腰椎腹腔",
    "脳室心房",
    "髄液シャント",
    "水頭症手術",
    "vpシャント",
    "v-pシャント",
    "lpシャント",
    "クリップ",
    "クリッピング",
    "コイル",
    "刺激装置",
    "髄腔内ポンプ",
    "人工内耳",
    "眼内レンズ",
    // Anywhere.
    "インプラント",
    "プロステーシス",
    "エキスパンダー",
    "植込",
    "植え込",
    "埋込",
    "埋め込",
    "皮下ポート",
    "cvポート",
    "メッシュ",
    "避妊器具",
    "括約筋装置",
];

/// Words of operations that usually leave something, and whose names do not say so.
const LIKELY_WORDS: [&str; 12] = [
    "骨折観血的手術",
    "血管塞栓術",
    "脳血管内手術",
    "頭蓋形成",
    "靱帯再建",
    "靱帯断裂形成",
    "鼠径ヘルニア",
    "腹壁瘢痕ヘルニア",
    "胃瘻造設",
    "冠動脈バイパス",
    "冠動脈形成",
    "冠動脈インターベンション",
];

/// The same as abbreviations, whole words only: a coronary intervention mostly leaves a stent, a
/// bypass wires and clips. [general knowledge]
const LIKELY_ABBREVIATIONS: [&str; 4] = ["pci", "ptca", "cabg", "opcab"];

/// Codes of the fee schedule, for operations sent without a name: pacemaker, biventricular
/// pacemaker, defibrillators, coronary stent, valve replacement, stent graft, ventricular assist,
/// caval filter, port, joint and head prostheses, hydrocephalus, aneurysm clipping, stimulators,
/// cochlear implant. [general knowledge]
const DEVICE_CODES: [&str; 18] = [
    "K597", "K597-2", "K598", "K599", "K599-3", "K549", "K555", "K561", "K603", "K620", "K618",
    "K082", "K081", "K174", "K177", "K181", "K190", "K328",
];

/// The same in English, whole words only ("plate" is not in "platelets").
const DEVICE_WORDS_ENGLISH: [&str; 37] = [
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
    "mesh",
    "iud",
    "intrauterine",
    "cochlear",
    "port",
    "stimulator",
    "tavi",
    "tavr",
    "evar",
    "tevar",
    "plif",
    "tlif",
    "alif",
    "tha",
    "tka",
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
    let coded = done
        .procedure
        .code
        .codings
        .iter()
        .filter_map(|coding| coding.code.as_deref())
        .any(|code| DEVICE_CODES.contains(&code));
    let surely =
        coded || !done.procedure.devices.is_empty() || names.iter().any(|name| leaves_device(name));
    let likely = || {
        names.iter().any(|name| {
            let folded = rows::same(name);
            LIKELY_WORDS.iter().any(|word| folded.contains(word))
                || has_word(name, &LIKELY_ABBREVIATIONS)
        })
    };
    match (surely, removed) {
        (true, false) => Some(rows::tag(Tone::Warning, words.device)),
        (true, true) => Some(rows::tag(Tone::Info, words.device_removed)),
        (false, false) if likely() => Some(rows::tag(Tone::Info, words.device_likely)),
        (false, _) => None,
    }
}

/// Whether the name of an operation says that something stays in the body.
fn leaves_device(name: &str) -> bool {
    let folded = rows::same(name);
    DEVICE_WORDS.iter().any(|word| folded.contains(word)) || has_word(name, &DEVICE_WORDS_ENGLISH)
}

/// Whether one of `known` stands in a name as a whole word, its plural included.
fn has_word(name: &str, known: &[&str]) -> bool {
    let lower = crate::domain::text::normalised(name).to_lowercase();
    lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| known.contains(&word) || known.contains(&word.trim_end_matches('s')))
}

#[cfg(test)]
#[path = "operations_tests.rs"]
mod tests;
