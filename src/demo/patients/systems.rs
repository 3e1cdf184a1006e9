//! Naming systems and profiles of JP-CLINS and JP Core, as the sending systems write them.

pub(super) const RESOURCE: &str = "http://jpfhir.jp/fhir/core/IdSystem/resourceInstance-identifier";
pub(super) const INSTITUTION: &str =
    "http://jpfhir.jp/fhir/core/IdSystem/insurance-medical-institution-no";
pub(super) const INSTITUTION_EXTENSION: &str =
    "http://jpfhir.jp/fhir/clins/Extension/StructureDefinition/JP_eCS_InstitutionNumber";
pub(super) const DEPARTMENT_EXTENSION: &str =
    "http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_Department";
pub(super) const DIAGNOSIS_TYPE_EXTENSION: &str =
    "http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_DiagnosisType";
pub(super) const DEPARTMENT: &str = "http://jami.jp/SS-MIX2/CodeSystem/ClinicalDepartment";
pub(super) const NAME_REPRESENTATION: &str =
    "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";
pub(super) const INDICATION: &str = "http://jpfhir.jp/fhir/clins/CodeSystem/JP_ehrshrs_indication";
pub(super) const YJ: &str = "http://capstandard.jp/iyaku.info/CodeSystem/YJ-code";
pub(super) const HOT9: &str = "http://medis.or.jp/CodeSystem/master-HOT9";
pub(super) const NOCODED: &str = "http://jpfhir.jp/fhir/eCS/CodeSystem/MedicationCodeNocoded_CS";
pub(super) const USAGE: &str =
    "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationUsage_ePrescription";
pub(super) const DRUG_UNIT: &str =
    "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationUnitMERIT9Code";
pub(super) const PRESCRIPTION: &str = "urn:oid:1.2.392.100495.20.3.11";
pub(super) const UCUM: &str = "http://unitsofmeasure.org";
pub(super) const DRUG_ALLERGEN_PRODUCT: &str =
    "http://jpfhir.jp/fhir/core/CodeSystem/YCM/JP_JfagyMedicationAllergen_CS";
pub(super) const DRUG_ALLERGEN_INGREDIENT: &str =
    "http://jpfhir.jp/fhir/core/CodeSystem/GCM/JP_JfagyMedicationAllergen_CS";
pub(super) const FOOD_ALLERGEN: &str =
    "http://jpfhir.jp/fhir/core/CodeSystem/JP_JfagyFoodAllergen_CS";
pub(super) const OTHER_ALLERGEN: &str =
    "http://jpfhir.jp/fhir/core/CodeSystem/JP_JfagyNonFoodNonMedicationAllergen_CS";
pub(super) const SNOMED: &str = "http://snomed.info/sct";
pub(super) const DISEASE: &str = "http://medis.or.jp/CodeSystem/master-disease-keyNumber";
pub(super) const ICD10: &str = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/ICD10-2013-full";
pub(super) const LOCAL_LAB: &str =
    "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_LocalCode_CS";
pub(super) const CORE_LAB: &str =
    "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_CoreLabo_CS";
pub(super) const INFECTION_LAB: &str =
    "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_InfectionLabo_CS";
pub(super) const UNCODED_LAB: &str =
    "http://jpfhir.jp/fhir/clins/CodeSystem/JP_CLINS_ObsLabResult_Uncoded_CS";
pub(super) const JLAC10: &str = "http://medis.or.jp/CodeSystem/master-JLAC10-17digits";
pub(super) const POS_NEG_HOLD: &str =
    "http://jpfhir.jp/fhir/LaboResult/CodeSystem/JP_PosNegHold_CS";
pub(super) const URINE: &str = "http://jpfhir.jp/fhir/LaboResult/CodeSystem/JP_Urine_Code_CS";
pub(super) const BLOOD_ABO: &str = "http://jpfhir.jp/fhir/LaboResult/CodeSystem/JP_BldABO_CS";
pub(super) const BLOOD_RH: &str = "http://jpfhir.jp/fhir/LaboResult/CodeSystem/JP_BldRh_CS";
pub(super) const LAB_CATEGORY: &str =
    "http://jpfhir.jp/fhir/core/CodeSystem/JP_SimpleObservationCategory_CS";
pub(super) const INTERPRETATION: &str =
    "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
pub(super) const ACT: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
pub(super) const CLAIM_PROCEDURE: &str =
    "http://jpfhir.jp/fhir/core/CodeSystem/JP_ProcedureCodesMedical_CS";
pub(super) const DOCUMENT_TYPE: &str = "http://jpfhir.jp/fhir/Common/CodeSystem/doc-typecodes";
pub(super) const DOCUMENT_SECTION: &str = "http://jpfhir.jp/fhir/clins/CodeSystem/document-section";
pub(super) const LOINC: &str = "http://loinc.org";
pub(super) const EMPTY_REASON: &str = "http://terminology.hl7.org/CodeSystem/list-empty-reason";
