//! What is chosen by a touch: a word for forms and storage, a name in every language.

/// Declares what can be chosen: each with its word and its name in Japanese and English, so that a
/// name that is missing in a language does not compile.
macro_rules! chosen {
    ($(#[$doc:meta])* $name:ident {
        $($variant:ident = $word:literal, $ja:literal, $en:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord,
            serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $(
                #[doc = concat!("`", $ja, "`")]
                #[serde(rename = $word)]
                $variant,
            )+
        }

        impl $name {
            /// All of them, in the order they are offered.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in forms, entries and the registry.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// Reads [`Self::word`].
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }

            /// What is written on the screen.
            #[must_use]
            pub const fn name(
                self,
                language: $crate::domain::section::Language,
            ) -> &'static str {
                match (self, language) {
                    $(
                        (Self::$variant, $crate::domain::section::Language::Ja) => $ja,
                        (Self::$variant, $crate::domain::section::Language::En) => $en,
                    )+
                }
            }
        }
    };
}

pub(super) use chosen;
