//! Plain names of common tests, for results that carry none of the known codes.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::domain::{
    code::{Coding, Concept},
    text,
};

use super::rows::is_dummy;

/// English name of the item | names that mean it, compared without spaces and hyphens.
/// General knowledge; a name that can mean two tests (bilirubin, urea, D-dimer score) is not here.
const NAMES: &str = "
WBC|白血球数 白血球 leukocytes leukocyte whitebloodcells whitebloodcellcount wbc whitecellcount
RBC|赤血球数 赤血球 erythrocytes erythrocyte redbloodcells redbloodcellcount rbc
Hb|血色素量 ヘモグロビン 血色素 hemoglobin haemoglobin hb hgb
PLT|血小板数 血小板 platelets platelet plateletcount plt
PT-INR|プロトロンビン時間(ptinr) プロトロンビン時間(inr) inr ptinr pt(inr)
PT activity|プロトロンビン時間(pt活性) pt活性 pt(%)
PT|プロトロンビン時間(pt秒) pt秒 pt(秒)
APTT|活性化部分トロンボプラスチン時間 aptt activatedpartialthromboplastintime
D-dimer|dダイマー ddimer dd
Creatinine|クレアチニン 血清クレアチニン creatinine serumcreatinine cr cre creat
eGFR|推算糸球体濾過量 推算gfr 推定gfr egfr estimatedgfr glomerularfiltrationrate estimatedglomerularfiltrationrate glomerularfiltrationrate/1.73sqm.predicted
BUN|尿素窒素 bun un ureanitrogen bloodureanitrogen
K|カリウム potassium k
Na|ナトリウム sodium na
Cl|クロール クロル chloride cl
Ca|カルシウム calcium ca
Uric acid|尿酸 血清尿酸 uricacid urate ua
Cystatin C|シスタチンc cystatinc cysc
AST|got aspartateaminotransferase ast
ALT|gpt alanineaminotransferase alt
Total bilirubin|総ビリルビン totalbilirubin bilirubin.total bilirubintotal tbil
Direct bilirubin|直接ビリルビン directbilirubin bilirubin.direct bilirubindirect dbil
ALP|アルカリホスファターゼ alkalinephosphatase alp
GGT|γgt γgtp gammagt gammaglutamyltransferase ggt
LD|乳酸脱水素酵素 ldh ld lactatedehydrogenase
Cholinesterase|コリンエステラーゼ cholinesterase che
Total protein|総蛋白 総タンパク totalprotein protein.total tp
Albumin|アルブミン 血清アルブミン albumin alb serumalbumin
CK|クレアチンキナーゼ cpk ck creatinekinase
BNP|脳性na利尿ペプチド 脳性ナトリウム利尿ペプチド bnp natriureticpeptideb brainnatriureticpeptide
NT-proBNP|ntprobnp ヒト脳性na利尿ペプチド前駆体n端フラグメント natriureticpeptide.bprohormonenterminal
CRP|c反応性蛋白 c反応性タンパク crp creactiveprotein
Glucose|血糖 グルコース ブドウ糖 glucose bloodglucose bg glu bs
Glucose (fasting)|空腹時血糖 fastingglucose fbg fbs
Glucose (casual)|随時血糖 casualglucose randomglucose cbg
HbA1c|ヘモグロビンa1c hba1c hemoglobina1c haemoglobina1c hemoglobina1c/hemoglobin.total
LDL-C|ldlコレステロール ldlcholesterol ldlc ldl cholesterolinldl cholesterol.inldl
HDL-C|hdlコレステロール hdlcholesterol hdlc hdl cholesterolinhdl cholesterol.inhdl
Total cholesterol|総コレステロール totalcholesterol cholesterol tcho tc
Triglycerides|中性脂肪 トリグリセリド triglyceride triglycerides tg
Urine protein|尿蛋白 尿タンパク urineprotein
Urine glucose|尿糖 urineglucose
Urine blood|尿潜血 urineblood
Blood group ABO|血液型(abo) 血液型abo abo血液型 abo bloodgroup bloodtype abogroup abobloodgroup
Blood group Rh|血液型(rh) 血液型rh rh血液型 rh血液型d rhd rhtype rhbloodgroup
Amylase|アミラーゼ アミラゼ amylase amy
";

/// The item of each name.
static BY_NAME: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = NAMES.lines().filter_map(|line| line.split_once('|'));
    lines
        .flat_map(|(item, names)| names.split(' ').map(move |name| (name, item)))
        .collect()
});

/// Words that speak of another material than blood.
const OTHER_MATERIALS: [&str; 23] = [
    "尿",
    "urine",
    "urinary",
    "髄液",
    "csf",
    "spinal",
    "胸水",
    "腹水",
    "関節液",
    "穿刺",
    "fluid",
    "pleural",
    "ascit",
    "peritoneal",
    "便",
    "stool",
    "feces",
    "faeces",
    "透析液",
    "dialysate",
    "羊水",
    "唾液",
    "saliva",
];
/// Words of a test after a load, which is another test than the plain one.
const LOADS: [&str; 3] = ["負荷", "post", "tolerance"];
const BLOOD: [&str; 7] = [
    "serum", "plasma", "blood", "ser/plas", "血清", "血漿", "全血",
];
/// Materials and methods in brackets behind a name.
const HARMLESS: [&str; 17] = [
    "serum",
    "plasma",
    "blood",
    "血清",
    "血漿",
    "全血",
    "血液",
    "定量",
    "定性",
    "ngsp",
    "jscc",
    "ifcc",
    "poct",
    "計算法",
    "直接法",
    "酵素法",
    "高感度",
];
/// Words around a name that do not change what was measured.
const BEFORE: [&str; 4] = ["serum", "plasma", "血清", "血漿"];
const AFTER: [&str; 3] = ["measurement", "level", "test"];

/// The English name, in the table of items, of what the words of a code name. `None` where a code of
/// a known list says otherwise, and where another material than blood is spoken of.
pub(super) fn plain_name(code: &Concept, specimen: Option<&str>) -> Option<&'static str> {
    if code.codings.iter().any(is_decided) {
        return None;
    }
    let displays = code
        .codings
        .iter()
        .filter(|coding| !coding.code.as_deref().is_some_and(is_dummy))
        .map(|coding| coding.display.as_deref());
    let words: Vec<String> = std::iter::once(code.text.as_deref())
        .chain(displays)
        .flatten()
        .map(folded)
        .collect();
    let material = specimen.map(folded);
    let mentions = |wanted: &[&str]| {
        words
            .iter()
            .chain(&material)
            .any(|text| wanted.iter().any(|word| text.contains(word)))
    };
    // A LOINC code that is not in the table may be of urine: only words for blood outweigh it.
    let unknown_loinc = code
        .codings
        .iter()
        .any(|coding| coding.system.as_deref() == Some("http://loinc.org"));
    if mentions(&LOADS) || (unknown_loinc && !mentions(&BLOOD)) {
        return None;
    }
    let name = words.iter().find_map(|text| look_up(text))?;
    let of_urine = name.starts_with("Urine");
    (of_urine || !other_material(&words, material.as_deref())).then_some(name)
}

/// Whether words name another material. 尿酸 and 尿素窒素 are measured in blood.
fn other_material(words: &[String], specimen: Option<&str>) -> bool {
    words
        .iter()
        .map(String::as_str)
        .chain(specimen)
        .map(|text| text.replace("尿酸", "").replace("尿素", ""))
        .any(|text| OTHER_MATERIALS.iter().any(|word| text.contains(word)))
}

/// Codes of lists that are read elsewhere: what they do not name there is another test.
fn is_decided(coding: &Coding) -> bool {
    let system = coding.system.as_deref().unwrap_or_default();
    let is_jlac = system.contains("JLAC1") || system.ends_with("1.2.392.200119.4.504");
    is_jlac
        && coding
            .code
            .as_deref()
            .is_some_and(|code| code.trim().len() == 17 && !is_dummy(code.trim()))
}

fn look_up(text: &str) -> Option<&'static str> {
    let whole = bare(text);
    named(&whole).or_else(|| {
        let (head, rest) = text.split_at(text.find(['(', '[']).unwrap_or(text.len()));
        let head = bare(head);
        let start = BEFORE
            .iter()
            .find_map(|word| head.strip_prefix(word))
            .unwrap_or(&head);
        let plain = AFTER
            .iter()
            .find_map(|word| start.strip_suffix(word))
            .unwrap_or(start);
        named(&head)
            .or_else(|| named(plain))
            .filter(|item| is_harmless(rest, item))
    })
}

fn named(name: &str) -> Option<&'static str> {
    BY_NAME.get(name).copied()
}

/// Whether what stands in brackets leaves the test what it is: another name of it, a material of
/// blood, a method, or the kind of property that LOINC writes in square brackets.
fn is_harmless(rest: &str, item: &str) -> bool {
    let Some(inside) = rest.strip_prefix('(') else {
        return true;
    };
    let inside = bare(inside.split(')').next().unwrap_or_default());
    named(&inside) == Some(item) || HARMLESS.contains(&inside.as_str())
}

fn folded(words: &str) -> String {
    text::normalised(words).to_lowercase()
}

fn bare(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '‐' | '−' | '_' | '・' | ':'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assemble::rows_testing::{coded, coding, concept};

    #[test]
    fn every_name_stands_for_one_test_and_is_spelled_as_names_are_compared() {
        let mut seen = std::collections::BTreeSet::new();
        for item in BY_NAME.values() {
            let known = crate::domain::assemble::lab_items::item_named(item);
            assert!(known.is_some(), "{item}");
        }
        for (item, names) in NAMES.lines().filter_map(|line| line.split_once('|')) {
            for name in names.split(' ') {
                assert!(seen.insert(name), "{item}: {name}");
                assert_eq!(name, bare(&folded(name)), "{item}: {name}");
            }
        }
    }

    #[test]
    fn common_names_are_known_and_another_material_is_another_test() {
        let name = |text: &str| plain_name(&concept(text), None);
        for (text, expected) in [
            ("Creatinine(Serum)", "Creatinine"),
            ("血清クレアチニン(Cre)", "Creatinine"),
            ("ＡＬＴ(GPT)", "ALT"),
            ("γ-GTP", "GGT"),
            ("HbA1c(NGSP)", "HbA1c"),
            ("血液型(Rh)", "Blood group Rh"),
            ("血液型(ABO)", "Blood group ABO"),
            ("Serum potassium level", "K"),
            ("尿素窒素(BUN)", "BUN"),
            ("尿酸", "Uric acid"),
            ("尿蛋白(定性)", "Urine protein"),
            ("Leukocytes [#/volume] in Blood", "WBC"),
        ] {
            assert_eq!(name(text), Some(expected), "{text}");
        }
        for text in [
            "尿クレアチニン",
            "クレアチニン(尿)",
            "Creatinine [Mass/volume] in Urine",
            "Glucose in CSF",
            "Glucose post 75 g",
            "CK-MB",
            "CK (MB)",
            "Ca (ionized)",
            "血液型(その他)",
            "Bilirubin",
            "蛋白(髄液)",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
        assert_eq!(plain_name(&concept("クレアチニン"), Some("随時尿")), None);
    }

    #[test]
    fn a_code_that_says_otherwise_outweighs_a_plain_name() {
        let of = |mut code: Concept, system: &str, number: &str| {
            code.codings.push(coding(system, number, ""));
            plain_name(&code, None)
        };
        let creatinine = || concept("Creatinine");
        assert_eq!(of(creatinine(), "http://loinc.org", "2161-8"), None);
        assert_eq!(
            of(
                creatinine(),
                "http://medis.or.jp/CodeSystem/master-JLAC10-17digits",
                "8A999000000427101"
            ),
            None
        );
        let snomed = coded("http://snomed.info/sct", "113075003", "Creatinine(Serum)");
        assert_eq!(plain_name(&snomed, None), Some("Creatinine"));
        let serum = concept("Sodium [Moles/volume] in Serum or Plasma");
        assert_eq!(of(serum, "http://loinc.org", "99999-8"), Some("Na"));
    }
}
