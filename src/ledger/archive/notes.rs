//! The signed notes beside the entries, byte for byte: checkpoints, those that a witness cosigned,
//! and the key that they are checked with.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

/// The files of notes, each with an empty line after every note; only ever longer.
pub(super) const FILES: [&str; 2] = ["checkpoints", "cosigned"];
/// The file of the public key. In the archive it stands as number 0.
pub(super) const PUBLIC_KEY: &str = "checkpoint.pub";
/// A note is some hundred bytes; nothing longer is one.
const LONGEST: usize = 64 * 1024;

/// One note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Its place in the file, counted from 1.
    pub(super) number: u64,
    /// Its text and signatures, as they stand in the file.
    pub(super) text: String,
}

impl Note {
    /// How many entries it says there were: the second line of a checkpoint.
    pub(super) fn size(&self) -> Option<u64> {
        self.text.lines().nth(1)?.parse().ok()
    }
}

/// Reads one file of notes, each note once.
pub(super) struct Notes {
    /// The file's name.
    pub(super) name: &'static str,
    file: PathBuf,
    offset: u64,
    number: u64,
}

impl Notes {
    /// From the file's beginning.
    pub(super) fn of(folder: &Path, name: &'static str) -> Self {
        Self {
            name,
            file: folder.join(name),
            offset: 0,
            number: 0,
        }
    }

    /// The next whole notes, at most `most`, as long as `wanted`; a file that is not there has
    /// none. What is not wanted comes again the next time.
    pub(super) fn next(
        &mut self,
        most: usize,
        wanted: impl Fn(&Note) -> bool,
    ) -> io::Result<Vec<Note>> {
        let mut file = match File::open(&self.file) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        file.seek(SeekFrom::Start(self.offset))?;
        let mut notes = Vec::new();
        while notes.len() < most
            && let Some((text, length)) = whole(&mut file)?
        {
            let note = Note {
                number: self.number + 1,
                text,
            };
            if !wanted(&note) {
                break;
            }
            self.number = note.number;
            self.offset += length;
            notes.push(note);
        }
        Ok(notes)
    }
}

/// The note that begins here, and how many bytes it takes with the empty line after it; `None`
/// where it is not whole yet.
fn whole(file: &mut BufReader<File>) -> io::Result<Option<(String, u64)>> {
    // One note has two empty lines: after its text, and after its signatures.
    let (mut piece, mut empty_lines) = (Vec::new(), 0);
    loop {
        let before = piece.len();
        if file.read_until(b'\n', &mut piece)? == 0 {
            return Ok(None);
        }
        if piece.len() > LONGEST {
            return Err(io::Error::other("a note has no end"));
        }
        if piece.get(before..) != Some(b"\n".as_slice()) {
            continue;
        }
        empty_lines += 1;
        if empty_lines == 2 {
            let length = u64::try_from(piece.len()).unwrap_or_default();
            piece.pop();
            return Ok(Some((String::from_utf8_lossy(&piece).into_owned(), length)));
        }
    }
}

/// The public key's file, where there is one.
pub(super) fn public_key(folder: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(folder.join(PUBLIC_KEY)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_once_each_and_only_when_they_are_whole_and_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let mut notes = Notes::of(folder.path(), "checkpoints");
        let mut next = |most, up_to| -> Vec<(u64, String)> {
            let notes = notes.next(most, |note| note.size().is_some_and(|size| size <= up_to));
            let notes = notes.unwrap().into_iter();
            notes.map(|note| (note.number, note.text)).collect()
        };
        assert!(next(9, 99).is_empty(), "there is no file yet");
        let note = |size: u64| format!("o\n{size}\nroot=\n\n— o c2ln\n");
        let text = [3, 7, 9].map(|size| note(size) + "\n").concat();
        let file = folder.path().join("checkpoints");
        std::fs::write(&file, text.strip_suffix('\n').unwrap()).unwrap();
        assert_eq!(next(1, 99), [(1, note(3))]);
        assert!(next(9, 6).is_empty(), "what covers more waits");
        assert_eq!(next(9, 99), [(2, note(7))]);
        assert!(next(9, 99).is_empty(), "the last is not whole");
        std::fs::write(&file, &text).unwrap();
        assert_eq!(next(9, 99), [(3, note(9))]);
        assert!(next(9, 99).is_empty());
    }
}
