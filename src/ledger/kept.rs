//! What stands beside the entries in a ledger's folder: the hashes of the tree, the checkpoints,
//! those that a witness cosigned, and the key.
//!
//! - `tree`: the hashes of [`super::tree`], 32 bytes each. It follows from the entries: where it is
//!   missing or wrong it is made again.
//! - `checkpoints`, `cosigned`: signed notes, each with an empty line after it, only ever longer.
//! - `checkpoint.key` (for its owner alone), `checkpoint.pub`: a signer and a verifier key.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{FileExt as _, OpenOptionsExt as _},
    path::Path,
};

use super::{
    note::Note,
    tree::{self, Hash, Store},
};

/// The file of the tree's hashes.
pub(super) const TREE: &str = "tree";
/// The file of the checkpoints.
pub(super) const CHECKPOINTS: &str = "checkpoints";
/// The file of the checkpoints that a witness cosigned.
pub(super) const COSIGNED: &str = "cosigned";
/// The file of the private key.
pub(super) const KEY: &str = "checkpoint.key";
/// The file of the public key.
pub(super) const PUBLIC_KEY: &str = "checkpoint.pub";

/// Bytes of a hash.
const HASH: u64 = 32;

/// The file of the tree's hashes.
pub(super) struct TreeFile {
    file: File,
}

impl TreeFile {
    /// Opens or makes it, to be written to.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(folder.join(TREE))?;
        Ok(Self { file })
    }

    /// Opens it to be read only.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        File::open(folder.join(TREE)).map(|file| Self { file })
    }

    /// Of how many leaves it holds everything.
    pub(super) fn leaves(&self) -> io::Result<u64> {
        Ok(tree::leaves_in(self.file.metadata()?.len() / HASH))
    }

    /// Forgets what came after the first `leaves`.
    pub(super) fn cut(&self, leaves: u64) -> io::Result<()> {
        self.file.set_len(tree::stored_by(leaves) * HASH)
    }

    /// Writes hashes after those of the first `leaves`.
    pub(super) fn write_after(&self, leaves: u64, hashes: &[u8]) -> io::Result<()> {
        self.file
            .write_all_at(hashes, tree::stored_by(leaves) * HASH)
    }
}

impl Store for TreeFile {
    type Error = io::Error;

    fn hash(&self, place: u64) -> io::Result<Hash> {
        let mut hash = [0; 32];
        self.file.read_exact_at(&mut hash, place * HASH)?;
        Ok(hash)
    }
}

/// A file of notes that is written to.
pub(super) struct Notes {
    file: File,
    /// Where the next note goes.
    end: u64,
}

/// Bytes from the end of a file in which its last note surely begins.
const LAST: u64 = 64 * 1024;

impl Notes {
    /// Opens or makes a file of notes; gives the last whole one. What a crash left half written
    /// behind it is cut off.
    pub(super) fn open(folder: &Path, name: &str) -> io::Result<(Self, Option<Note>)> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(folder.join(name))?;
        let (last, end) = last_of(&mut file)?;
        if file.metadata()?.len() > end {
            file.set_len(end)?;
        }
        Ok((Self { file, end }, last))
    }

    /// Adds a note; it is durable when this returns. After a failure the file must be opened anew.
    pub(super) fn add(&mut self, note: &Note) -> io::Result<()> {
        let text = format!("{note}\n");
        self.file.write_all_at(text.as_bytes(), self.end)?;
        self.file.sync_data()?;
        self.end += u64::try_from(text.len()).unwrap_or_default();
        Ok(())
    }
}

/// The last whole note of a file, and where it ends.
fn last_of(file: &mut File) -> io::Result<(Option<Note>, u64)> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(LAST);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let mut end = bytes.len();
    // What ends with an empty line is the last note, or the text of one without its signatures.
    while let Some(at) = last_empty_line(bytes.get(..end).unwrap_or_default()) {
        end = at + 2;
        if let Some(note) = note_at_end(bytes.get(..end).unwrap_or_default()) {
            return Ok((Some(note), from + u64::try_from(end).unwrap_or_default()));
        }
        end = at + 1;
    }
    if from == 0 {
        Ok((None, 0))
    } else {
        Err(io::Error::other("no checkpoint stands at its end"))
    }
}

/// Where the last empty line begins.
fn last_empty_line(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).rposition(|pair| pair == b"\n\n")
}

/// The note that ends with these bytes, an empty line behind it.
fn note_at_end(bytes: &[u8]) -> Option<Note> {
    let lines = bytes.strip_suffix(b"\n")?;
    let text_end = last_empty_line(lines)?;
    let text = lines.get(..text_end)?;
    let begin = last_empty_line(text).map_or(0, |at| at + 2);
    let note = std::str::from_utf8(lines.get(begin..)?).ok()?;
    Note::parse(note)
}

/// The last whole note of a file that is only read; `None` where there is none.
pub(super) fn last_note(folder: &Path, name: &str) -> io::Result<Option<Note>> {
    match File::open(folder.join(name)) {
        Ok(mut file) => last_of(&mut file).map(|(note, _)| note),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What stands at a place of a file of notes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A note.
    Note(Note),
    /// Something else.
    Other,
    /// The beginning of something, with nothing after it.
    Unfinished,
}

/// Goes through a file of notes; one that is not there has none.
pub(super) fn for_each_note(
    folder: &Path,
    name: &str,
    mut visit: impl FnMut(Piece),
) -> io::Result<()> {
    let mut file = match File::open(folder.join(name)) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    // One note has two empty lines: after its text, and after its signatures.
    let (mut piece, mut empty_lines) = (Vec::new(), 0);
    loop {
        let before = piece.len();
        if file.read_until(b'\n', &mut piece)? == 0 {
            break;
        }
        if piece.get(before..) != Some(b"\n".as_slice()) {
            continue;
        }
        empty_lines += 1;
        if empty_lines == 2 {
            piece.pop();
            let note = std::str::from_utf8(&piece).ok().and_then(Note::parse);
            visit(note.map_or(Piece::Other, Piece::Note));
            piece.clear();
            empty_lines = 0;
        }
    }
    if !piece.is_empty() {
        visit(Piece::Unfinished);
    }
    Ok(())
}

/// Writes a file whole or not at all, durably, with this mode.
///
/// # Errors
/// Where it cannot be written; what was there before stays.
pub fn write_whole(file: &Path, text: &str, mode: u32) -> io::Result<()> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    let unfinished = folder.join(name);
    let mut written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(&unfinished)?;
    written.write_all(text.as_bytes())?;
    written.sync_all()?;
    fs::rename(&unfinished, file)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            note::{Kind, Signer},
            testing::Counting,
        },
        *,
    };

    fn note(text: &str) -> Note {
        let signer = Signer::fresh("o", Kind::Ledger, &Counting::default()).unwrap();
        let text = format!("o\n{text}\n");
        let signatures = vec![signer.sign(&text, 0)];
        Note { text, signatures }
    }

    #[test]
    fn what_a_crash_left_of_a_note_is_cut_off_and_the_one_before_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (mut notes, last) = Notes::open(folder.path(), "notes").unwrap();
        assert_eq!(last, None);
        notes.add(&note("1")).unwrap();
        notes.add(&note("2")).unwrap();
        drop(notes);
        let file = folder.path().join("notes");
        let whole = fs::read(&file).unwrap();
        let first = format!("{}\n", note("1")).len();
        for length in 0..=whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            let known = [(whole.len(), "2"), (first, "1")];
            let expected = known.iter().find(|(end, _)| length >= *end);
            let expected = expected.map(|(_, text)| note(text));
            let (mut notes, last) = Notes::open(folder.path(), "notes").unwrap();
            assert_eq!(last, expected, "{length}");
            notes.add(&note("3")).unwrap();
            let mut found = Vec::new();
            for_each_note(folder.path(), "notes", |piece| found.push(piece)).unwrap();
            let mut expected: Vec<_> = expected.map(Piece::Note).into_iter().collect();
            if length == whole.len() {
                expected.insert(0, Piece::Note(note("1")));
            }
            expected.push(Piece::Note(note("3")));
            assert_eq!(found, expected, "{length}");
        }
    }

    #[test]
    fn an_unfinished_note_is_told_from_one_that_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("{}\n{}", note("1"), note("2"));
        fs::write(
            folder.path().join("notes"),
            text.replacen("o\n1", "\u{1}\n1", 1),
        )
        .unwrap();
        let mut found = Vec::new();
        for_each_note(folder.path(), "notes", |piece| found.push(piece)).unwrap();
        assert_eq!(found, [Piece::Other, Piece::Unfinished]);
    }
}
