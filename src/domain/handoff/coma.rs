//! Japan Coma Scale and Glasgow Coma Scale with their arithmetic.

use serde::{Deserialize, Serialize};

/// JCS: one of ten levels, with R (不穏), I (失禁) and A (自発性喪失).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Jcs {
    level: u16,
    restless: bool,
    incontinent: bool,
    apallic: bool,
}

impl Jcs {
    /// The ten levels.
    pub const LEVELS: [u16; 10] = [0, 1, 2, 3, 10, 20, 30, 100, 200, 300];

    /// A level with its additions. `None` where there is no such level, or an addition to a
    /// patient who is fully awake.
    #[must_use]
    pub fn new(level: u16, restless: bool, incontinent: bool, apallic: bool) -> Option<Self> {
        let is_level = Self::LEVELS.contains(&level);
        let is_sound = level > 0 || !(restless || incontinent || apallic);
        (is_level && is_sound).then_some(Self {
            level,
            restless,
            incontinent,
            apallic,
        })
    }

    /// Reads `0`, `30`, `30-RI`, `JCS 30 RI`, in any width.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = super::super::text::folded(text);
        let text = text.strip_prefix("jcs").unwrap_or(&text);
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        let level = Self::LEVELS
            .into_iter()
            .find(|level| level.to_string() == digits)?;
        let added = text.strip_prefix(&*digits)?;
        let mut seen = [false; 3];
        for letter in added.chars() {
            let place = "ria".find(letter)?;
            let slot = seen.get_mut(place)?;
            if std::mem::replace(slot, true) {
                return None;
            }
        }
        let [restless, incontinent, apallic] = seen;
        Self::new(level, restless, incontinent, apallic)
    }

    /// The level.
    #[must_use]
    pub const fn level(self) -> u16 {
        self.level
    }

    /// 桁: 0 awake, 1 awake without stimulus, 2 wakes on stimulus, 3 does not wake.
    #[must_use]
    pub const fn digits(self) -> u8 {
        match self.level {
            0 => 0,
            1..=9 => 1,
            10..=99 => 2,
            _ => 3,
        }
    }
}

impl std::fmt::Display for Jcs {
    /// `30-RI`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.level)?;
        let added = [
            (self.restless, 'R'),
            (self.incontinent, 'I'),
            (self.apallic, 'A'),
        ];
        if added.iter().any(|(is_so, _)| *is_so) {
            f.write_str("-")?;
        }
        added
            .iter()
            .filter(|(is_so, _)| *is_so)
            .try_for_each(|(_, letter)| write!(f, "{letter}"))
    }
}

impl TryFrom<String> for Jcs {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a level of the Japan Coma Scale")
    }
}

impl From<Jcs> for String {
    fn from(jcs: Jcs) -> Self {
        jcs.to_string()
    }
}

/// GCS: eyes 1–4, voice 1–5 or T where a tube keeps the patient from speaking, movement 1–6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gcs {
    eyes: u8,
    /// `None`: T.
    voice: Option<u8>,
    movement: u8,
}

impl Gcs {
    /// A score; voice `None` is T. `None` where a part is out of its range.
    #[must_use]
    pub fn new(eyes: u8, voice: Option<u8>, movement: u8) -> Option<Self> {
        let is_sound = (1..=4).contains(&eyes)
            && voice.is_none_or(|voice| (1..=5).contains(&voice))
            && (1..=6).contains(&movement);
        is_sound.then_some(Self {
            eyes,
            voice,
            movement,
        })
    }

    /// Reads `E4V5M6`, `E4 VT M6`, `GCS E4V5M6`, in any width. A bare sum is not read: its parts
    /// are not known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = super::super::text::folded(text);
        let text = text.strip_prefix("gcs").unwrap_or(&text);
        let mut left = text.chars();
        let mut part = |letter: char| (left.next()? == letter).then(|| left.next())?;
        let (eyes, voice, movement) = (part('e')?, part('v')?, part('m')?);
        let digit = |c: char| c.to_digit(10).and_then(|digit| u8::try_from(digit).ok());
        let voice = if voice == 't' {
            None
        } else {
            Some(digit(voice)?)
        };
        left.next()
            .is_none()
            .then(|| Self::new(digit(eyes)?, voice, digit(movement)?))?
    }

    /// E, V (`None`: T) and M.
    #[must_use]
    pub const fn parts(self) -> (u8, Option<u8>, u8) {
        (self.eyes, self.voice, self.movement)
    }

    /// The sum, 3 to 15; `None` where voice cannot be tested.
    #[must_use]
    pub fn sum(self) -> Option<u8> {
        self.voice.map(|voice| self.eyes + voice + self.movement)
    }

    /// The least and the most the sum can be.
    #[must_use]
    pub fn bounds(self) -> (u8, u8) {
        let rest = self.eyes + self.movement;
        (
            rest + self.voice.unwrap_or(1),
            rest + self.voice.unwrap_or(5),
        )
    }
}

impl std::fmt::Display for Gcs {
    /// `E4V5M6`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            eyes,
            voice,
            movement,
        } = self;
        match voice {
            Some(voice) => write!(f, "E{eyes}V{voice}M{movement}"),
            None => write!(f, "E{eyes}VTM{movement}"),
        }
    }
}

impl TryFrom<String> for Gcs {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a score of the Glasgow Coma Scale")
    }
}

impl From<Gcs> for String {
    fn from(gcs: Gcs) -> Self {
        gcs.to_string()
    }
}
