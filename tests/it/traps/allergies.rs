//! Allergies: T4, T5, T6, T7, T14, T15.
