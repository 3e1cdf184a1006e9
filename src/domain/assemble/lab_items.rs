//! The 43 items of the shared records (生活習慣病・救急) and eGFR: names, codes, groups, units.

use std::sync::LazyLock;

use crate::domain::{
    code::{Coding, Concept},
    section::Language,
    text,
    words::labs::labs,
};

use super::{lab_names, rows::is_dummy, units::folded_unit};

/// Clinical groups in the order of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    BloodCount,
    Coagulation,
    Renal,
    Liver,
    Heart,
    Inflammation,
    Glucose,
    Lipids,
    Urine,
    BloodType,
    Other,
}

impl Group {
    /// The heading.
    pub(super) const fn heading(self, language: Language) -> &'static str {
        let words = labs(language);
        match self {
            Self::BloodCount => words.blood_count,
            Self::Coagulation => words.coagulation,
            Self::Renal => words.renal,
            Self::Liver => words.liver,
            Self::Heart => words.heart,
            Self::Inflammation => words.inflammation,
            Self::Glucose => words.glucose,
            Self::Lipids => words.lipids,
            Self::Urine => words.urine,
            Self::BloodType => words.blood_group,
            Self::Other => words.other,
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "count" => Self::BloodCount,
            "coag" => Self::Coagulation,
            "renal" => Self::Renal,
            "liver" => Self::Liver,
            "heart" => Self::Heart,
            "inflam" => Self::Inflammation,
            "glucose" => Self::Glucose,
            "lipid" => Self::Lipids,
            "urine" => Self::Urine,
            "blood" => Self::BloodType,
            "other" => Self::Other,
            _ => return None,
        })
    }
}

/// What tells one test from another in a JLAC10 code.
#[derive(Debug, PartialEq, Eq)]
struct Analyte {
    /// 分析物 (5).
    substance: &'static str,
    /// 識別 (4), where it tells two items of one substance apart (空腹時, 随時).
    identification: Option<&'static str>,
    /// 結果識別 (2).
    result: &'static str,
}

/// One item of the table.
#[derive(Debug)]
pub(super) struct LabItem {
    /// Place in the order of the screen.
    pub(super) place: usize,
    /// Heading under which it stands.
    pub(super) group: Group,
    japanese: &'static str,
    english: &'static str,
    /// FHIR識別名, compatibility form, lower case.
    spellings: Vec<String>,
    /// JLAC10 codes, less material and method.
    analytes: Vec<Analyte>,
    loinc: Vec<&'static str>,
    /// Units that fit; none where the result has no unit or any.
    units: Vec<String>,
}

impl LabItem {
    /// The name on the screen.
    pub(super) const fn name(&self, language: Language) -> &'static str {
        match language {
            Language::Ja => self.japanese,
            Language::En => self.english,
        }
    }

    /// Whether a result in this unit is plausible.
    pub(super) fn fits(&self, unit: &str) -> bool {
        let unit = folded_unit(unit);
        self.units.is_empty() || self.units.contains(&unit)
    }

    /// Whether the result is a ratio without a unit of its own.
    pub(super) fn is_without_unit(&self) -> bool {
        matches!(self.english, "PT-INR" | "PT ratio")
    }
}

/// Columns: name | English name | group | FHIR識別名 | JLAC10 分析物[/識別]:結果識別 | LOINC | units that
/// fit.
/// Facts from JP-CLINS v1.10.0 (43 items), the JLAC10 master (MEDIS-DC) and LOINC.
const TABLE: &str = "
WBC|WBC|count|WBC|2A990:52 2A010:01|6690-2 26464-8 804-5|/μL /mm3 10*2/μL 10*3/μL 10*9/L 千/μL
RBC|RBC|count|RBC|2A990:51 2A020:01|789-8 26453-1|10*4/μL 10*6/μL 10*12/L /μL 10*4/mm3 万/μL
Hb|Hb|count|Hb|2A030:01 2A990:53|718-7|g/dL g/L mmol/L
PLT|PLT|count|PLT|2A050:01 2A990:55|777-3 26515-7|10*4/μL 10*3/μL 10*6/μL 10*9/L 10*4/mm3 /μL 万/μL
PT-INR|PT-INR|coag|PT-INR|2B030:57|6301-6 34714-6 38875-1|INR ratio 比
PT活性|PT activity|coag|PT-活性%,PT-活性|2B030:53|5894-1|%
PT秒|PT|coag|PT-秒|2B030:01 2B030:51|5902-2 5964-2|s sec 秒
PT比|PT ratio|coag|PT比|2B030:55||比 ratio
APTT|APTT|coag|APTT|2B020:01 2B020:51 2B020:52 2B020:55|14979-9 3173-2|s sec 秒 % 比
Dダイマー|D-dimer|coag|DD|2B140:01|48065-7 48066-5 30240-6|μg/mL ng/mL μg/L mg/L μg/mLFEU μgFEU/mL ng/mLFEU ngFEU/mL mg/LFEU mgFEU/L μg/mLDDU μgDDU/mL ng/mLDDU ngDDU/mL
Dダイマー(定性)|D-dimer (qualitative)|coag|DD-定性|2B140:11|15179-5|
Cr|Creatinine|renal|Cre|3C015:01|2160-0 38483-4 14682-9|mg/dL μmol/L
eGFR|eGFR|renal|eGFR,推算GFR|8A065:01|33914-3 48642-3 48643-1 62238-1 69405-9 77147-7 88293-6 88294-4 98979-8|mL/min/1.73m2 mL/min/1.73m*2 mL/分/1.73m2
BUN|BUN|renal|BUN|3C025:01|3094-0 6299-2 14937-7|mg/dL mmol/L
K|K|renal|K|3H015:01|2823-3 6298-4|mEq/L mmol/L
Na|Na|renal|Na|3H010:01|2951-2 2947-0|mEq/L mmol/L
Cl|Cl|renal|Cl|3H020:01|2075-0 2069-3|mEq/L mmol/L
Ca|Ca|renal|Ca|3H030:01|17861-6 2000-8|mg/dL mmol/L mEq/L
尿酸|Uric acid|renal|UA|3C020:01|3084-1 14933-6|mg/dL μmol/L
シスタチンC|Cystatin C|renal|Cys-C|3C016:01|33863-2|mg/L
AST|AST|liver|AST|3B035:01|1920-8|U/L IU/L
ALT|ALT|liver|ALT|3B045:01|1742-6|U/L IU/L
T-Bil|Total bilirubin|liver|T-Bil|3J010:01|1975-2 14631-6|mg/dL μmol/L
D-Bil|Direct bilirubin|liver|D-Bil|3J015:01|1968-7 14629-0|mg/dL μmol/L
ALP|ALP|liver|ALP|3B070:01|6768-6|U/L IU/L
γ-GT|GGT|liver|GGT|3B090:01|2324-2|U/L IU/L
LD|LD|liver|LD|3B050:01|2532-0 14804-9 14805-6|U/L IU/L
ChE|Cholinesterase|liver|ChE|3B110:01|2098-2|U/L IU/L
TP|Total protein|liver|TP|3A010:01|2885-2|g/dL g/L
Alb|Albumin|liver|ALB|3A015:01|1751-7|g/dL g/L
CK|CK|heart|CK|3B010:01|2157-6|U/L IU/L
BNP|BNP|heart|BNP|4Z271:01|30934-4 42637-9|pg/mL ng/L
NT-proBNP|NT-proBNP|heart|NT-proBNP|4Z272:01|33762-6 33763-4|pg/mL pmol/L ng/L
CRP|CRP|inflam|CRP|5C070:01|1988-5 30522-7 76485-2|mg/dL mg/L ng/L
CRP(スコア)|CRP (score)|inflam|CRP-class|5C070:12||
血糖|Glucose|glucose|BG|3D010:01|2345-7 2339-0 14749-6 15074-8|mg/dL mmol/L
血糖(空腹時)|Glucose (fasting)|glucose|FBG|3D010/1300:01|1558-6|mg/dL mmol/L
血糖(随時)|Glucose (casual)|glucose|CBG|3D010/1299:01||mg/dL mmol/L
HbA1c|HbA1c|glucose|HbA1c-NGSP|3D046:02|4548-4 17856-6 59261-8|% mmol/mol
LDL-C|LDL-C|lipid|LDL-C|3F077:01|13457-7 18262-6 2089-1|mg/dL mmol/L
HDL-C|HDL-C|lipid|HDL-C|3F070:01|2085-9 14646-4|mg/dL mmol/L
T-CHO|Total cholesterol|lipid|T-CHO|3F050:01|2093-3 14647-2|mg/dL mmol/L
TG|Triglycerides|lipid|TG|3F015:01|2571-8 14927-8|mg/dL mmol/L
TG(空腹時)|Triglycerides (fasting)|lipid|FTG|3F015/1300:01||mg/dL mmol/L
TG(随時)|Triglycerides (casual)|lipid|CTG|3F015/1299:01||mg/dL mmol/L
尿蛋白|Urine protein|urine|U-TP,U-TP-定性,U-TP-定性半定量|1A990:53|20454-5|
尿蛋白(半定量)|Urine protein (semi-quantitative)|urine|U-TP-半定量|1A990:71 1A015:01|5804-0|mg/dL mg/L
尿糖|Urine glucose|urine|U-Glu,U-Glu-定性,U-Glu-定性半定量|1A990:54|25428-4|
尿糖(半定量)|Urine glucose (semi-quantitative)|urine|U-Glu-半定量|1A990:72|5792-7|mg/dL
尿潜血|Urine blood|urine|U-Bld,U-Bld-定性,U-Bld-定性半定量|1A990:59|5794-3|
尿潜血(半定量)|Urine blood (semi-quantitative)|urine|U-Bld-半定量|1A990:77||mg/dL /μL
尿蛋白/Cr比|Urine protein/creatinine|urine|U-P/C|1A015:28 1A990:83|2890-2|g/gCr g/g mg/gCr mg/g クラス
尿Alb/Cr比|Urine albumin/creatinine|urine|U-A/C|3A015:51|9318-7 14959-1|mg/gCr mg/g クラス
血液型ABO|Blood group ABO|blood|血液型-ABO|5H010:14|883-9|
血液型Rh|Blood group Rh|blood|血液型-Rh|5H020:14|10331-7|
AMY|Amylase|other|AMY|3B160:01|1798-8|U/L IU/L
";

static ITEMS: LazyLock<Vec<LabItem>> = LazyLock::new(|| {
    TABLE
        .lines()
        .filter(|line| !line.is_empty())
        .enumerate()
        .filter_map(|(place, line)| parse(place, line))
        .collect()
});

fn parse(place: usize, line: &'static str) -> Option<LabItem> {
    let mut columns = line.split('|');
    Some(LabItem {
        place,
        japanese: columns.next()?,
        english: columns.next()?,
        group: Group::parse(columns.next()?)?,
        spellings: columns.next()?.split(',').map(spelling).collect(),
        analytes: columns
            .next()?
            .split_whitespace()
            .filter_map(analyte)
            .collect(),
        loinc: columns.next()?.split_whitespace().collect(),
        units: columns
            .next()?
            .split_whitespace()
            .map(folded_unit)
            .collect(),
    })
}

fn analyte(code: &'static str) -> Option<Analyte> {
    let (substance, result) = code.split_once(':')?;
    let (substance, identification) = match substance.split_once('/') {
        Some((substance, identification)) => (substance, Some(identification)),
        None => (substance, None),
    };
    Some(Analyte {
        substance,
        identification,
        result,
    })
}

fn spelling(name: &str) -> String {
    text::normalised(name).to_lowercase()
}

/// The item that a plain name stands for, where no code says otherwise ([`find_coded`] goes first)
/// and nothing speaks of another material than blood.
pub(super) fn find_named(code: &Concept, specimen: Option<&str>) -> Option<&'static LabItem> {
    item_named(lab_names::plain_name(code, specimen)?)
}

/// The item that a code stands for: by FHIR識別名 in the list of the shared records, else by
/// JLAC10 (分析物, 識別, 材料, 結果識別; method and full codes are an open list), else by LOINC.
pub(super) fn find_coded(code: &Concept) -> Option<&'static LabItem> {
    by_name(code)
        .or_else(|| by_jlac10(code))
        .or_else(|| by_loinc(code))
}

/// An item by its English name.
pub(super) fn item_named(english: &str) -> Option<&'static LabItem> {
    ITEMS.iter().find(|item| item.english == english)
}

/// Whether no code but a dummy or a hospital's own one was sent.
pub(super) fn is_uncoded(code: &Concept) -> bool {
    !code.codings.iter().any(|coding| {
        let system = coding.system.as_deref().unwrap_or_default();
        !system.is_empty()
            && !system.ends_with("LocalCode_CS")
            && !system.ends_with("Uncoded_CS")
            && coding
                .code
                .as_deref()
                .is_some_and(|code| !code.trim().is_empty() && !is_dummy(code.trim()))
    })
}

fn by_name(code: &Concept) -> Option<&'static LabItem> {
    code.codings
        .iter()
        .filter(|coding| is_system(coding, "CoreLabo_CS"))
        .filter_map(|coding| coding.display.as_deref())
        .find_map(|display| {
            let display = spelling(display);
            ITEMS.iter().find(|item| item.spellings.contains(&display))
        })
}

fn by_jlac10(code: &Concept) -> Option<&'static LabItem> {
    code.codings
        .iter()
        .filter(|coding| is_jlac10(coding))
        .find_map(|coding| {
            let code = coding.code.as_deref()?.trim();
            let (substance, identification) = (code.get(0..5)?, code.get(5..9)?);
            let (material, result) = (code.get(9..12)?, code.get(15..17)?);
            let of = |identification: Option<&str>| {
                ITEMS.iter().find(|item| {
                    item.analytes.iter().any(|analyte| {
                        (analyte.substance, analyte.identification, analyte.result)
                            == (substance, identification, result)
                    }) && fits_material(item.group, substance, material)
                })
            };
            of(Some(identification)).or_else(|| of(None))
        })
}

/// 材料コード: 00x is urine, 01x and 02x blood, 033 blood on filter paper (self-measured glucose).
/// The same 分析物 in another material is another test.
fn fits_material(group: Group, analyte: &str, material: &str) -> bool {
    let is_blood = material.starts_with("01") || material.starts_with("02");
    match group {
        Group::Urine => material.starts_with("00") || analyte.starts_with("1A"),
        Group::BloodType => true,
        Group::Renal if analyte.starts_with("8A") => !material.starts_with("00"),
        Group::Glucose => is_blood || material == "033",
        Group::BloodCount
        | Group::Coagulation
        | Group::Renal
        | Group::Liver
        | Group::Heart
        | Group::Inflammation
        | Group::Lipids
        | Group::Other => is_blood,
    }
}

fn by_loinc(code: &Concept) -> Option<&'static LabItem> {
    code.codings
        .iter()
        .filter(|coding| coding.system.as_deref() == Some("http://loinc.org"))
        .filter_map(|coding| coding.code.as_deref())
        .find_map(|loinc| ITEMS.iter().find(|item| item.loinc.contains(&loinc.trim())))
}

fn is_system(coding: &Coding, ending: &str) -> bool {
    coding
        .system
        .as_deref()
        .is_some_and(|system| system.ends_with(ending))
}

/// Whether a coding is a JLAC10 code, in whichever list.
pub(super) fn is_jlac10(coding: &Coding) -> bool {
    coding
        .system
        .as_deref()
        .is_some_and(|system| system.contains("JLAC10") || system.ends_with("1.2.392.200119.4.504"))
        && coding.code.as_deref().is_some_and(|code| {
            code.trim().len() == 17 && code.is_ascii() && !is_dummy(code.trim())
        })
}

#[cfg(test)]
#[path = "lab_items_tests.rs"]
mod tests;
