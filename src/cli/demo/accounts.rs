//! The demo's accounts: made at the first start in a folder, kept afterwards.

use std::sync::Arc;

use chrono::Days;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    access::admin::{self, AccountForm, Administration, Enrolled, FacilityForm},
    boot::Running,
    demo::patients::{self, DemoPatient},
    domain::{
        access::{FacilityId, Role},
        entropy::Entropy,
        entropy::random,
        patient::Sex,
    },
    registry::FacilityKind,
};

use super::{Error, Guide, GuideAccount, GuidePatient, Options};

/// Where somebody of the demo works.
#[derive(Clone, Copy)]
enum Place {
    Hospital,
    /// Another one, which is asked for the same patients.
    OtherHospital,
    Fire,
}

/// Who works in the demo: role, sign-in name, name shown, where, with emergency permission or
/// without.
const STAFF: [(Role, &str, &str, Place, bool); 10] = [
    (Role::Physician, "dr-sato", "佐藤 救", Place::Hospital, true),
    (
        Role::Physician,
        "dr-kato",
        "加藤 律子",
        Place::Hospital,
        true,
    ),
    (
        Role::Physician,
        "dr-ono",
        "小野 研（権限なし）",
        Place::Hospital,
        false,
    ),
    (Role::Nurse, "ns-mori", "森 かおる", Place::Hospital, true),
    (Role::Pharmacist, "ph-hara", "原 薫", Place::Hospital, true),
    (Role::Clerk, "ck-ueda", "上田 受付", Place::Hospital, false),
    (
        Role::Auditor,
        "au-noda",
        "野田 監査",
        Place::Hospital,
        false,
    ),
    (Role::Paramedic, "ems-abe", "阿部 隊長", Place::Fire, true),
    (
        Role::Physician,
        "dr-higashi",
        "東 当直医",
        Place::OtherHospital,
        true,
    ),
    (
        Role::Nurse,
        "ns-minami",
        "南 外来",
        Place::OtherHospital,
        true,
    ),
];
/// Signs the permissions of the others.
const ADMINISTRATOR: (&str, &str) = ("ad-kudo", "工藤 管理");
/// The crew's fire department.
const FIRE_DEPARTMENT: &str = "みらい湾岸消防本部";
/// The other hospital.
const OTHER_HOSPITAL: &str = "みらい東総合病院";
/// Days the emergency permissions last from the first start.
const PERMITTED_DAYS: u64 = 365;

/// The accounts of an earlier run, or new ones.
pub(super) async fn prepare(node: &Running, options: &Options) -> Result<Vec<GuideAccount>, Error> {
    if let Some(accounts) = Guide::earlier_accounts(&options.folder) {
        return Ok(accounts);
    }
    make(node, options)
        .await
        .map_err(|error| Error::Accounts(error.to_string()))
}

async fn make(node: &Running, options: &Options) -> Result<Vec<GuideAccount>, admin::Error> {
    let office = Administration::new(
        node.registry.clone(),
        node.ledger.clone(),
        Arc::clone(&options.clock),
        Arc::clone(&options.entropy),
    );
    let places = facilities(&office).await?;
    let until = options
        .clock
        .now()
        .japanese_day()
        .checked_add_days(Days::new(PERMITTED_DAYS))
        .unwrap_or_default();
    let password = password(options.entropy.as_ref());
    let form = |role, sign_in: &str, name: &str, facility: &_| AccountForm {
        facility: Clone::clone(facility),
        sign_in: sign_in.to_owned(),
        name: name.to_owned(),
        role,
    };
    let (sign_in, name) = ADMINISTRATOR;
    let administrator = form(Role::Administrator, sign_in, name, &places.0);
    let administrator = enrol(&office, administrator, &password).await?;
    let mut accounts = Vec::new();
    for (role, sign_in, name, place, permitted) in STAFF {
        let (facility, facility_name) = match place {
            Place::Hospital => (&places.0, patients::HOSPITAL_NAME),
            Place::Fire => (&places.1, FIRE_DEPARTMENT),
            Place::OtherHospital => (&places.2, OTHER_HOSPITAL),
        };
        let enrolled = enrol(&office, form(role, sign_in, name, facility), &password).await?;
        if permitted {
            office
                .permit(&enrolled.account, until, &*administrator.account.0)
                .await?;
        }
        accounts.push(listed(
            sign_in,
            &password,
            &enrolled.totp_secret,
            role,
            facility_name,
        ));
    }
    accounts.push(listed(
        sign_in,
        &password,
        &administrator.totp_secret,
        Role::Administrator,
        patients::HOSPITAL_NAME,
    ));
    Ok(accounts)
}

/// Makes an account, or gives a new password and factor to the one that a start which was
/// interrupted, or whose `demo.json` is lost, left behind.
async fn enrol(
    office: &Administration,
    form: AccountForm,
    password: &str,
) -> Result<Enrolled, admin::Error> {
    let password = SecretString::from(password);
    match office.find(&form.sign_in).await {
        Ok(account) => {
            office.set_password(&account.id, password).await?;
            office.reset_factor(&account.id).await
        }
        Err(admin::Error::Unknown) => office.create_account(form, password).await,
        Err(error) => Err(error),
    }
}

/// The hospital, the fire department, and the other hospital.
async fn facilities(
    office: &Administration,
) -> Result<(FacilityId, FacilityId, FacilityId), admin::Error> {
    let hospital = facility(
        office,
        patients::HOSPITAL_NAME,
        FacilityKind::Hospital,
        Some(patients::HOSPITAL_NUMBER),
    )
    .await?;
    let fire = facility(office, FIRE_DEPARTMENT, FacilityKind::Fire, None).await?;
    let other = facility(office, OTHER_HOSPITAL, FacilityKind::Hospital, None).await?;
    Ok((hospital, fire, other))
}

/// The facility with this name, made where it is missing.
async fn facility(
    office: &Administration,
    name: &str,
    kind: FacilityKind,
    number: Option<&str>,
) -> Result<FacilityId, admin::Error> {
    let known = office.registry().facilities().await?;
    if let Some(found) = known.into_iter().find(|other| other.name == name) {
        return Ok(found.id);
    }
    office
        .create_facility(FacilityForm {
            name: name.to_owned(),
            kind,
            number: number.map(str::to_owned),
        })
        .await
}

fn listed(
    account: &str,
    password: &str,
    secret: &SecretString,
    role: Role,
    facility: &str,
) -> GuideAccount {
    GuideAccount {
        account: account.to_owned(),
        password: password.to_owned(),
        totp_secret: secret.expose_secret().to_owned(),
        role: role.word().to_owned(),
        facility: facility.to_owned(),
    }
}

/// One password for all accounts of a folder, easy to type and new in every folder.
fn password(entropy: &dyn Entropy) -> String {
    let digits = u32::from_be_bytes(random::<4>(entropy)) % 1_000_000;
    format!("demo-akari-{digits:06}")
}

impl From<DemoPatient> for GuidePatient {
    fn from(patient: DemoPatient) -> Self {
        Self {
            name: patient.name,
            kana: patient.kana,
            birth_date: patient.birth_date,
            sex: match patient.sex {
                Sex::Male => "male",
                Sex::Female => "female",
                Sex::Other => "other",
                Sex::Unknown => "unknown",
            }
            .to_owned(),
            address: patient.address,
            insurer: patient.insurer,
            symbol: patient.symbol,
            number: patient.number,
            branch: patient.branch,
            story: patient.story,
        }
    }
}
