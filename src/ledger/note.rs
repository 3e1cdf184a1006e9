//! Signed notes of C2SP (signed-note, tlog-checkpoint, tlog-cosignature), Ed25519 only.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature as Ed25519, Signer as _, SigningKey, VerifyingKey};

use super::{seal::digest, tree::Hash};
use crate::domain::entropy::{Entropy, random};

/// Before the name in a signature line.
const DASH: &str = "— ";
/// How many signatures a note may have.
const SIGNATURES: usize = 64;

/// A text and who signed it; nothing of it may be believed before a [`Verifier`] has checked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text with its last newline.
    pub text: String,
    /// One signature a line.
    pub signatures: Vec<Line>,
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The key's name.
    pub name: String,
    /// The key's id.
    id: [u8; 4],
    signature: Vec<u8>,
}

impl Note {
    /// Reads a note; `None` where it is none. The text is what stands before the last empty line.
    #[must_use]
    pub fn parse(note: &str) -> Option<Self> {
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return None;
        }
        let (text, lines) = note.rsplit_once("\n\n")?;
        let signatures: Vec<_> = lines
            .strip_suffix('\n')?
            .split('\n')
            .map(Line::parse)
            .collect::<Option<_>>()?;
        (!text.is_empty() && signatures.len() <= SIGNATURES).then(|| Self {
            text: format!("{text}\n"),
            signatures,
        })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Line {
    /// Reads a line without its newline.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = BASE64.decode(base64.as_bytes()).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        (is_name(name) && !signature.is_empty()).then(|| Self {
            name: name.to_owned(),
            id: *id,
            signature: signature.to_vec(),
        })
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id, self.signature.as_slice()].concat();
        write!(f, "{DASH}{} {}", self.name, BASE64.encode(&bytes))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+')
}

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A ledger's own checkpoints: signatures of type 1.
    Ledger,
    /// A witness's cosignatures with their time: type 4.
    Witness,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Ledger => 1,
            Self::Witness => 4,
        }
    }

    const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Ledger),
            4 => Some(Self::Witness),
            _ => None,
        }
    }
}

/// Name, hash and key of `NAME+HASH+KEY`: the hash is the id's digits, before the key stands the
/// type's byte.
fn parse_key(text: &str) -> Option<(&str, &str, Kind, [u8; 32])> {
    let mut parts = text.trim().splitn(3, '+');
    let (name, hash, key) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = BASE64.decode(key.as_bytes()).ok()?;
    let (kind, key) = bytes.split_first()?;
    let key = <[u8; 32]>::try_from(key).ok()?;
    is_name(name).then_some((name, hash, Kind::of(*kind)?, key))
}

/// A public key in the form of a note's verifier key: what an outsider needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    kind: Kind,
    key: VerifyingKey,
}

/// What a key says of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It did not sign it.
    Nothing,
    /// A line is said to be its signature and is not.
    Forged,
    /// It signed it; a witness also says when, in seconds since 1970.
    Signed(Option<u64>),
}

impl Verifier {
    /// Reads `NAME+HASH+KEY`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, hash, kind, key) = parse_key(text)?;
        let key = VerifyingKey::from_bytes(&key).ok()?;
        let verifier = Self {
            name: name.to_owned(),
            kind,
            key,
        };
        (hash == HEXLOWER.encode(&verifier.id())).then_some(verifier)
    }

    /// The key's name; a ledger's is the origin of its checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn id(&self) -> [u8; 4] {
        let name = self.name.as_bytes();
        let hash = digest(&[name, b"\n", &[self.kind.byte()], self.key.as_bytes()]);
        hash.first_chunk::<4>().copied().unwrap_or_default()
    }

    /// What this key says of a note. One wrong signature under its name and id is enough to
    /// believe nothing.
    #[must_use]
    pub fn check(&self, note: &Note) -> Said {
        let id = self.id();
        let mut said = Said::Nothing;
        for line in &note.signatures {
            if line.name == self.name && line.id == id {
                said = self.check_line(&note.text, &line.signature);
                if said == Said::Forged {
                    break;
                }
            }
        }
        said
    }

    /// The one line of a note that this key signed; whatever else stands there under its name is
    /// nobody's.
    #[must_use]
    pub fn own_line<'n>(&self, text: &str, lines: &'n [Line]) -> Option<&'n Line> {
        let id = self.id();
        lines.iter().find(|line| {
            line.name == self.name
                && line.id == id
                && matches!(self.check_line(text, &line.signature), Said::Signed(_))
        })
    }

    fn check_line(&self, text: &str, signature: &[u8]) -> Said {
        let (message, signature, time) = match self.kind {
            Kind::Ledger => (text.to_owned(), signature, None),
            Kind::Witness => match signature.split_first_chunk::<8>() {
                Some((time, signature)) => {
                    let time = u64::from_be_bytes(*time);
                    (cosigned(text, time), signature, Some(time))
                }
                None => return Said::Forged,
            },
        };
        let is_right = Ed25519::from_slice(signature).is_ok_and(|signature| {
            self.key
                .verify_strict(message.as_bytes(), &signature)
                .is_ok()
        });
        if is_right {
            Said::Signed(time)
        } else {
            Said::Forged
        }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind.byte()], self.key.as_bytes().as_slice()].concat();
        let hash = HEXLOWER.encode(&self.id());
        write!(f, "{}+{hash}+{}", self.name, BASE64.encode(&key))
    }
}

/// What a witness signs (C2SP tlog-cosignature, `cosignature/v1`).
fn cosigned(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// A private key; wiped when dropped.
pub struct Signer {
    verifier: Verifier,
    key: SigningKey,
}

impl Signer {
    /// A new key; `None` where the name cannot stand in a note.
    #[must_use]
    pub fn fresh(name: &str, kind: Kind, entropy: &dyn Entropy) -> Option<Self> {
        let seed = zeroize::Zeroizing::new(random::<32>(entropy));
        is_name(name).then(|| Self::of(name, kind, &seed))
    }

    fn of(name: &str, kind: Kind, seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        let verifier = Verifier {
            name: name.to_owned(),
            kind,
            key: key.verifying_key(),
        };
        Self { verifier, key }
    }

    /// Reads `PRIVATE+KEY+NAME+HASH+SEED`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, hash, kind, seed) = parse_key(text.strip_prefix("PRIVATE+KEY+")?)?;
        let signer = Self::of(name, kind, &seed);
        (hash == HEXLOWER.encode(&signer.verifier.id())).then_some(signer)
    }

    /// As it stands in its file.
    #[must_use]
    pub fn secret(&self) -> zeroize::Zeroizing<String> {
        let Verifier { name, kind, .. } = &self.verifier;
        let seed = [&[kind.byte()], self.key.as_bytes().as_slice()].concat();
        let hash = HEXLOWER.encode(&self.verifier.id());
        let seed = BASE64.encode(&zeroize::Zeroizing::new(seed));
        zeroize::Zeroizing::new(format!("PRIVATE+KEY+{name}+{hash}+{seed}\n"))
    }

    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Signs a text; a witness says at what time, in seconds since 1970.
    #[must_use]
    pub fn sign(&self, text: &str, time: u64) -> Line {
        let signature = match self.verifier.kind {
            Kind::Ledger => self.key.sign(text.as_bytes()).to_bytes().to_vec(),
            Kind::Witness => {
                let signature = self.key.sign(cosigned(text, time).as_bytes());
                [time.to_be_bytes().as_slice(), &signature.to_bytes()].concat()
            }
        };
        Line {
            name: self.verifier.name.clone(),
            id: self.verifier.id(),
            signature,
        }
    }
}

/// What a checkpoint says: how many entries a ledger had, and the root of their tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a note; further lines are left alone.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let root = BASE64.decode(root.as_bytes()).ok()?;
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: parse_size(size)?,
            root: root.try_into().ok()?,
        };
        (!origin.is_empty() && lines.all(|line| !line.is_empty())).then_some(checkpoint)
    }

    /// The text of its note.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { origin, size, root } = self;
        format!("{origin}\n{size}\n{}\n", BASE64.encode(root))
    }
}

/// A size in decimal digits, without zeros before it.
#[must_use]
pub fn parse_size(digits: &str) -> Option<u64> {
    let size: u64 = digits.parse().ok()?;
    (size.to_string() == digits).then_some(size)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::testing::Counting, *};

    /// The example of the standard of notes, with the key that it names.
    const EXAMPLE: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const EXAMPLE_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    fn signer(kind: Kind) -> Signer {
        Signer::fresh("emergency-summary/n1/ab", kind, &Counting::default()).unwrap()
    }

    #[test]
    fn a_note_that_another_program_signed_is_right() {
        let note = Note::parse(EXAMPLE).unwrap();
        let key = Verifier::parse(EXAMPLE_KEY).unwrap();
        assert_eq!(key.check(&note), Said::Signed(None));
        assert_eq!(key.to_string(), EXAMPLE_KEY);
        assert_eq!(note.to_string(), EXAMPLE);
        assert_eq!(signer(Kind::Ledger).verifier().check(&note), Said::Nothing);
    }

    #[test]
    fn keys_are_read_back_from_their_files() {
        for kind in [Kind::Ledger, Kind::Witness] {
            let made = signer(kind);
            let read = Signer::parse(&made.secret()).unwrap();
            assert_eq!(read.verifier(), made.verifier());
            assert_eq!(
                Verifier::parse(&made.verifier().to_string()).as_ref(),
                Some(made.verifier())
            );
        }
        assert!(Signer::fresh("a b", Kind::Ledger, &Counting::default()).is_none());
        assert!(Signer::fresh("a+b", Kind::Ledger, &Counting::default()).is_none());
        for wrong in [
            "",
            "a+b",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert_eq!(Verifier::parse(wrong), None);
        }
    }

    #[test]
    fn what_is_no_checkpoint_is_not_read_as_one() {
        let root = BASE64.encode(&[7; 32]);
        let right = format!("o\n12\n{root}\n");
        assert_eq!(Checkpoint::parse(&right).unwrap().text(), right);
        for wrong in [
            String::new(),
            format!("o\n12\n{root}"),
            format!("\n12\n{root}\n"),
            format!("o\n012\n{root}\n"),
            format!("o\n+12\n{root}\n"),
            format!("o\n-1\n{root}\n"),
            format!("o\n99999999999999999999\n{root}\n"),
            format!("o\n12\n{}\n", BASE64.encode(&[7; 31])),
            format!("o\n12\n{root}\n\n"),
            "o\n12\n".to_owned(),
        ] {
            assert_eq!(Checkpoint::parse(&wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_character_of_a_signed_checkpoint_is_found(
            place in any::<prop::sample::Index>(),
            bit in 0_u8..7,
            is_witness in any::<bool>(),
        ) {
            let signer = signer(if is_witness { Kind::Witness } else { Kind::Ledger });
            let checkpoint = Checkpoint { origin: "o".to_owned(), size: 12, root: [7; 32] };
            let text = checkpoint.text();
            let line = signer.sign(&text, 1_700_000_000);
            let note = Note { text, signatures: vec![line] };
            prop_assert!(matches!(signer.verifier().check(&note), Said::Signed(_)));
            let mut bytes = note.to_string().into_bytes();
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            let read = String::from_utf8(bytes).ok().and_then(|text| Note::parse(&text));
            if let Some(read) = read {
                prop_assert!(!matches!(signer.verifier().check(&read), Said::Signed(_)));
            }
        }

        #[test]
        fn any_text_is_read_as_a_note_or_refused(text in any::<String>()) {
            if let Some(note) = Note::parse(&format!("{text}\n\n— a AAAAAAA=\n")) {
                prop_assert_eq!(Note::parse(&note.to_string()), Some(note));
            }
        }
    }
}
