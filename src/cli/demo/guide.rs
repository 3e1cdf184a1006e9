//! `demo.json`: how to sign in and whom to look for, for people and programs.

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use serde::{Deserialize, Serialize};

/// Everything that the demo says about itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Guide {
    /// Where pages are, such as `http://localhost:8080`.
    pub address: String,
    /// Where metrics are.
    pub metrics_address: String,
    /// Base URLs of the simulated sources, by the source's word.
    pub sources: BTreeMap<String, String>,
    /// Accounts; the first physician has emergency permission.
    pub accounts: Vec<GuideAccount>,
    /// Synthetic patients; the first is the one on warfarin.
    pub patients: Vec<GuidePatient>,
}

/// One account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuideAccount {
    /// Sign-in name.
    pub account: String,
    /// Password.
    pub password: String,
    /// Secret of the one-time codes, base 32.
    pub totp_secret: String,
    /// Role.
    pub role: String,
    /// Facility.
    pub facility: String,
}

/// One synthetic patient.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GuidePatient {
    /// Name.
    pub name: String,
    /// Name in kana.
    pub kana: String,
    /// Birth date, ISO.
    pub birth_date: String,
    /// Sex.
    pub sex: String,
    /// Address.
    pub address: String,
    /// 保険者番号
    pub insurer: String,
    /// 記号
    pub symbol: String,
    /// 番号
    pub number: String,
    /// 枝番
    pub branch: String,
    /// What the patient is there for.
    pub story: String,
}

impl Guide {
    /// The address that a person types.
    #[must_use]
    pub fn address_of(address: SocketAddr) -> String {
        format!("http://localhost:{}", address.port())
    }

    /// The accounts of an earlier run in the same folder, so that they stay as they were.
    #[must_use]
    pub fn earlier_accounts(folder: &Path) -> Option<Vec<GuideAccount>> {
        let text = std::fs::read_to_string(folder.join("demo.json")).ok()?;
        serde_json::from_str::<Self>(&text)
            .ok()
            .map(|guide| guide.accounts)
    }

    /// Writes `demo.json`, readable by its owner only.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        super::write_private(
            &folder.join("demo.json"),
            &serde_json::to_vec_pretty(self).map_err(std::io::Error::other)?,
        )
    }
}
