//! Which infection a result is about, and whether antigen, antibody or nucleic acid was tested.

use crate::domain::{code::Concept, result::Observation, section::Language};

use super::{
    lab_items::is_jlac10,
    rows::{same, words_of},
};

/// The five infections of the shared records, by what was tested; in the order of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    HbsAntigen,
    HbsAntibody,
    HcvAntibody,
    HcvAntigen,
    HcvRna,
    HivAntigenAntibody,
    HivAntibody,
    HivRna,
    SyphilisTp,
    SyphilisSts,
    /// Hepatitis B, C or HIV, but not which of antigen, antibody or nucleic acid, or another than
    /// the shared records carry (`HBc`, `HBe`, HBV DNA): the sender's own words stand.
    Other,
    Unknown,
}

impl Kind {
    /// The name, antigen, antibody or nucleic acid included; none where the kind is not known.
    pub(super) const fn name(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::HbsAntigen => ("HBs抗原", "HBs antigen"),
            Self::HbsAntibody => ("HBs抗体", "HBs antibody"),
            Self::HcvAntibody => ("HCV抗体", "HCV antibody"),
            Self::HcvAntigen => ("HCV抗原", "HCV antigen"),
            Self::HcvRna => ("HCV核酸", "HCV RNA"),
            Self::HivAntigenAntibody => ("HIV抗原・抗体", "HIV antigen/antibody"),
            Self::HivAntibody => ("HIV抗体", "HIV antibody"),
            Self::HivRna => ("HIV RNA", "HIV RNA"),
            Self::SyphilisTp => ("梅毒TP抗体", "Syphilis TP antibody"),
            Self::SyphilisSts => ("梅毒STS", "Syphilis STS"),
            Self::Other | Self::Unknown => ("", ""),
        };
        match language {
            Language::Ja => ja,
            Language::En => en,
        }
    }
}

/// Whether a result belongs to the infections: by the list of the shared records (only it tells
/// infections from other tests there), else by a code or name of the five.
pub(super) fn concerns(observation: &Observation) -> bool {
    is_listed(&observation.code) || kind_of(&observation.code) != Kind::Unknown
}

fn is_listed(code: &Concept) -> bool {
    code.codings.iter().any(|coding| {
        coding
            .system
            .as_deref()
            .is_some_and(|system| system.ends_with("InfectionLabo_CS"))
    })
}

/// The display of the list of the shared records, else the sender's own words.
pub(super) fn name_of(code: &Concept) -> Option<String> {
    code.codings
        .iter()
        .filter(|coding| {
            coding
                .system
                .as_deref()
                .is_some_and(|system| system.ends_with("InfectionLabo_CS"))
        })
        .find_map(|coding| {
            coding
                .display
                .clone()
                .filter(|display| !display.trim().is_empty())
        })
        .or_else(|| words_of(code))
}

/// The kind, by JLAC10, else by LOINC, else by name.
pub(super) fn kind_of(code: &Concept) -> Kind {
    code.codings
        .iter()
        .filter(|coding| is_jlac10(coding))
        .find_map(|coding| by_jlac10(coding.code.as_deref()?.trim()))
        .or_else(|| {
            code.codings
                .iter()
                .filter(|coding| coding.system.as_deref() == Some("http://loinc.org"))
                .find_map(|coding| by_loinc(coding.code.as_deref()?.trim()))
        })
        .or_else(|| {
            std::iter::once(code.text.as_deref())
                .chain(code.codings.iter().map(|coding| coding.display.as_deref()))
                .flatten()
                .find_map(|name| by_name(&same(name)))
        })
        .or_else(|| is_control_ratio_of_antigen(code).then_some(Kind::HbsAntigen))
        .unwrap_or(Kind::Unknown)
}

/// The published list carries a control ratio of the HBs antigen under the identification of the
/// antibody (1430, result 33), and none of the antibody: the name decides, and where there is none
/// the list. An antigen taken for an antibody would be the worse mistake.
fn is_control_ratio_of_antigen(code: &Concept) -> bool {
    code.codings
        .iter()
        .filter(|coding| is_jlac10(coding))
        .any(|coding| {
            let code = coding.code.as_deref().unwrap_or_default().trim();
            code.starts_with("5F0161430") && code.ends_with("33")
        })
}

/// 分析物 (5) and 識別 (4): 1410 antigen, 1430 antibody, 1453 nucleic acid, 1550 both.
fn by_jlac10(code: &str) -> Option<Kind> {
    let (analyte, identification) = (code.get(0..5)?, code.get(5..9)?);
    match (analyte, identification) {
        ("5F016", "1430") if code.get(15..17) != Some("33") => Some(Kind::HbsAntibody),
        ("5F016", "1430") => None,
        ("5F016", _) => Some(Kind::HbsAntigen),
        ("5F360", "1453") => Some(Kind::HcvRna),
        ("5F360", "1500" | "1501") => Some(Kind::HcvAntigen),
        ("5F360", _) => Some(Kind::HcvAntibody),
        ("5F500" | "5F560", "1453") => Some(Kind::HivRna),
        ("5F560", "1550") | ("5F512", _) => Some(Kind::HivAntigenAntibody),
        ("5F500" | "5F550" | "5F560", _) => Some(Kind::HivAntibody),
        ("5E074", _) => Some(Kind::SyphilisSts),
        ("5E075", _) => Some(Kind::SyphilisTp),
        _ => None,
    }
}

fn by_loinc(code: &str) -> Option<Kind> {
    match code {
        "5195-3" | "5196-1" | "63557-3" => Some(Kind::HbsAntigen),
        "10900-9" | "16935-9" | "22322-2" | "5193-8" => Some(Kind::HbsAntibody),
        "13955-0" | "16128-1" | "5199-5" => Some(Kind::HcvAntibody),
        "11011-4" | "11259-9" | "20416-4" => Some(Kind::HcvRna),
        "56888-1" => Some(Kind::HivAntigenAntibody),
        "7918-6" | "31201-7" => Some(Kind::HivAntibody),
        "20447-9" | "25836-8" => Some(Kind::HivRna),
        "24110-9" => Some(Kind::SyphilisTp),
        "20507-0" | "20508-8" | "31147-2" => Some(Kind::SyphilisSts),
        _ => None,
    }
}

fn by_name(name: &str) -> Option<Kind> {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let antibody = has(&["抗体", "antibod", "anti-"]) || has_letters(name, "ab");
    let nucleic = has(&["核酸", "rna", "pcr"]);
    let antigen = has(&["抗原", "antigen", "p24"]) || has_letters(name, "ag");
    if has(&["hbs", "hepatitisbsurface"]) {
        Some(match (antibody, antigen) {
            (true, false) => Kind::HbsAntibody,
            (false, true) => Kind::HbsAntigen,
            (true, true) => Kind::Other,
            // HbS, the haemoglobin, is no infection.
            (false, false) => return None,
        })
    } else if has(&["hcv", "hepatitisc"]) {
        Some(match (nucleic, antigen, antibody) {
            (true, ..) => Kind::HcvRna,
            (false, true, false) => Kind::HcvAntigen,
            (false, false, true) => Kind::HcvAntibody,
            _ => Kind::Other,
        })
    } else if name.starts_with("hiv") || has(&["抗hiv", "anti-hiv"]) {
        Some(match (nucleic, antigen, antibody) {
            (true, ..) => Kind::HivRna,
            (false, true, _) => Kind::HivAntigenAntibody,
            (false, false, true) => Kind::HivAntibody,
            _ => Kind::Other,
        })
    } else if has(&[
        "hbc抗",
        "hbe抗",
        "hbcab",
        "hbeag",
        "hbeab",
        "hbvdna",
        "hbv-dna",
        "hepatitisb",
    ]) {
        Some(Kind::Other)
    } else if has(&[
        "梅毒tp",
        "tpha",
        "tppa",
        "tp抗体",
        "fta-abs",
        "treponemapallidum",
    ]) {
        Some(Kind::SyphilisTp)
    } else if has(&["梅毒sts", "梅毒rpr", "vdrl", "rapidplasmareagin"])
        || name.starts_with("rpr")
        || name.starts_with("sts")
    {
        Some(Kind::SyphilisSts)
    } else {
        None
    }
}

/// `HBsAg`, `HCV Ag(定量)`, `HIV-1/2 Ag/Ab`: the two letters, not those that begin a word (Abbott).
fn has_letters(name: &str, letters: &str) -> bool {
    name.match_indices(letters).any(|(at, _)| {
        let after = name.get(at + letters.len()..).unwrap_or_default();
        !after.starts_with(|c: char| c.is_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::code::Coding;

    fn named(text: &str) -> Concept {
        Concept {
            text: Some(text.to_owned()),
            codings: Vec::new(),
        }
    }

    #[test]
    fn antigen_antibody_and_nucleic_acid_are_told_apart_by_name() {
        for (text, kind) in [
            ("ＨＢｓ抗原(定性)", Kind::HbsAntigen),
            ("HBs抗体(定量)", Kind::HbsAntibody),
            ("HCV抗体(コントロール比)", Kind::HcvAntibody),
            ("HCV抗原検査(定量)", Kind::HcvAntigen),
            ("HCV核酸増幅検査(定性)", Kind::HcvRna),
            ("HIV-1+2抗体・p24抗原(定性)", Kind::HivAntigenAntibody),
            ("HIV-1(ウイルスRNA定量)", Kind::HivRna),
            ("HIV-2抗体(定性)", Kind::HivAntibody),
            ("HBsAg", Kind::HbsAntigen),
            ("HBs-Ab", Kind::HbsAntibody),
            ("Hepatitis B surface antigen", Kind::HbsAntigen),
            ("Hepatitis C virus antibody", Kind::HcvAntibody),
            ("HCV RNA PCR", Kind::HcvRna),
            ("HIV 1+2 Ag/Ab", Kind::HivAntigenAntibody),
            ("RPR(定量)", Kind::SyphilisSts),
            ("HCV", Kind::Other),
            ("HIVスクリーニング", Kind::Other),
            ("HBc抗体", Kind::Other),
            ("HBs抗原(Abbott)", Kind::HbsAntigen),
            ("HbS", Kind::Unknown),
            ("ヘモグロビンS(HbS)", Kind::Unknown),
            ("HBV-DNA定量", Kind::Other),
            ("梅毒TP抗体(定性)", Kind::SyphilisTp),
            ("梅毒STS(定性)", Kind::SyphilisSts),
            ("アルブミン", Kind::Unknown),
        ] {
            assert_eq!(kind_of(&named(text)), kind, "{text}");
        }
    }

    /// The kind of each published name, by hand.
    fn kind_by_hand(parent: &str) -> Kind {
        match parent {
            "STS-QLRESULT" | "STS-QUANT" => Kind::SyphilisSts,
            name if name.starts_with("TP-") => Kind::SyphilisTp,
            name if name.starts_with("HBs-AG-") => Kind::HbsAntigen,
            name if name.starts_with("HBs-AB-") => Kind::HbsAntibody,
            name if name.starts_with("HCV-AB-") => Kind::HcvAntibody,
            name if name.starts_with("HCV-AG-") => Kind::HcvAntigen,
            "HCV-NQUANT" | "HCV-NRESULT" => Kind::HcvRna,
            "HIV-1-QUANT" | "HIV-1-RESULT" => Kind::HivRna,
            name if name.starts_with("HIV-1P2-AB-P24") => Kind::HivAntigenAntibody,
            "HIV-1P2-AB-OD" => Kind::HivAntigenAntibody,
            name if name.starts_with("HIV-") => Kind::HivAntibody,
            _ => Kind::Unknown,
        }
    }

    #[test]
    fn every_published_infection_code_is_its_test_by_code_alone_and_by_name_alone() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../shared/codes/infection_codes.csv");
        let Ok(list) = std::fs::read_to_string(&path) else {
            eprintln!("SKIPPED: {} is not there", path.display());
            return;
        };
        let mut wrong = Vec::new();
        for line in list.lines().skip(1) {
            let columns: Vec<&str> = line.split(',').collect();
            let expected = kind_by_hand(columns[4]);
            assert_ne!(expected, Kind::Unknown, "{line}");
            let display = columns[5].trim_start_matches('"');
            let number = columns
                .iter()
                .find(|part| part.len() == 17 && part.bytes().all(|b| b.is_ascii_alphanumeric()))
                .unwrap();
            let coded = |system: &str, code: &str, display: &str| Concept {
                text: None,
                codings: vec![Coding {
                    system: Some(system.to_owned()),
                    code: Some(code.to_owned()),
                    display: Some(display.to_owned()).filter(|display| !display.is_empty()),
                }],
            };
            let master = "urn:oid:1.2.392.200119.4.504";
            let eleven = columns[0].replace("JLAC10", "JLAC11");
            for (how, concept) in [
                ("both", coded(columns[0], number, display)),
                ("code", coded(master, number, "")),
                ("name", named(display)),
                ("JLAC11", coded(&eleven, "", display)),
            ] {
                if kind_of(&concept) != expected {
                    wrong.push(format!("{how} {:?} {line}", kind_of(&concept)));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
