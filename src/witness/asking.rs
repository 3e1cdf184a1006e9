//! The node's side: each new checkpoint is brought to the witness, and asked for again until it is
//! cosigned. Nobody at a bedside waits for it.

use std::{fmt::Write as _, time::Duration};

use data_encoding::BASE64;
use reqwest::{Client, Response, StatusCode};
use tokio_util::sync::CancellationToken;

use crate::{
    ledger::{
        Ledger, Signed,
        note::{Line, Note, Said, Verifier, parse_size},
        tree::Hash,
    },
    sources,
};

/// Where the witness is, and its key.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What stands before `/add-checkpoint`.
    pub url: String,
    /// Its public key.
    pub key: Verifier,
}

/// How often it is looked whether there is something to be cosigned.
const LOOK: Duration = Duration::from_secs(1);
/// The longest pause after failures.
const LONGEST: Duration = Duration::from_mins(1);
/// How long the witness may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer is longer.
const LIMIT: usize = 64 * 1024;

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it does not answer")]
    Silent(#[from] reqwest::Error),
    #[error("it answers {0}")]
    Refused(StatusCode),
    #[error("its answer holds no cosignature of its key")]
    Unsigned,
    #[error("it has cosigned {0} entries, which this ledger does not have")]
    KnowsMore(u64),
    #[error("the ledger: {0}")]
    Ledger(#[from] crate::ledger::Error),
}

/// Asks until told to stop.
///
/// # Errors
/// In words, where there can be no HTTP client.
pub async fn keep_asking(
    ledger: Ledger,
    asked: Asked,
    stop: CancellationToken,
) -> Result<(), String> {
    let client = sources::client(asked.url.starts_with("https://"))?;
    let mut pause = LOOK;
    while stop
        .run_until_cancelled(tokio::time::sleep(pause))
        .await
        .is_some()
    {
        let proofs = ledger.proofs();
        let cosigned = proofs
            .cosigned
            .as_ref()
            .map_or(0, |cosigned| cosigned.checkpoint.size);
        let Some(signed) = proofs.signed else {
            continue;
        };
        if cosigned >= signed.checkpoint.size {
            pause = LOOK;
            continue;
        }
        let done = ask(&ledger, &client, &asked, &signed, cosigned).await;
        pause = match done {
            Ok(()) => LOOK,
            Err(failure) => {
                tracing::warn!(%failure, "the witness does not cosign");
                ledger.witness_fails(failure.to_string());
                (pause * 2).min(LONGEST)
            }
        };
    }
    Ok(())
}

/// Asks once, and once more where the witness knows another size than this node thought.
async fn ask(
    ledger: &Ledger,
    client: &Client,
    asked: &Asked,
    signed: &Signed,
    cosigned: u64,
) -> Result<(), Failure> {
    let mut response = send(ledger, client, asked, signed, cosigned).await?;
    if response.status() == StatusCode::CONFLICT {
        let text = text(response).await?;
        let size = text.strip_suffix('\n').and_then(parse_size);
        let size = size.ok_or(Failure::Refused(StatusCode::CONFLICT))?;
        if size > signed.checkpoint.size {
            return Err(Failure::KnowsMore(size));
        }
        response = send(ledger, client, asked, signed, size).await?;
    }
    if response.status() != StatusCode::OK {
        return Err(Failure::Refused(response.status()));
    }
    let note = with_lines(&signed.note, &text(response).await?, &asked.key)?;
    Ok(ledger.keep_cosigned(note, &asked.key).await?)
}

async fn send(
    ledger: &Ledger,
    client: &Client,
    asked: &Asked,
    signed: &Signed,
    old: u64,
) -> Result<Response, Failure> {
    let size = signed.checkpoint.size;
    let proof = ledger
        .consistency(old, size)
        .await?
        .ok_or(Failure::KnowsMore(old))?;
    let url = format!("{}/add-checkpoint", asked.url.trim_end_matches('/'));
    Ok(client
        .post(url)
        .timeout(PATIENCE)
        .body(request(old, &proof, &signed.note))
        .send()
        .await?)
}

fn request(old: u64, proof: &[Hash], note: &Note) -> String {
    let mut request = format!("old {old}\n");
    for hash in proof {
        // Writing to a String cannot fail.
        writeln!(request, "{}", BASE64.encode(hash)).unwrap_or_default();
    }
    format!("{request}\n{note}")
}

async fn text(mut response: Response) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LIMIT {
            return Err(Failure::Unsigned);
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::Unsigned)
}

/// The note with those lines of an answer that are this key's; there must be one that holds.
fn with_lines(note: &Note, answer: &str, key: &Verifier) -> Result<Note, Failure> {
    let mut cosigned = note.clone();
    let lines: Vec<Line> = answer.lines().filter_map(Line::parse).collect();
    cosigned
        .signatures
        .extend(key.own_line(&note.text, &lines).cloned());
    match key.check(&cosigned) {
        Said::Signed(Some(_)) => Ok(cosigned),
        Said::Signed(None) | Said::Nothing | Said::Forged => Err(Failure::Unsigned),
    }
}
