//! Drugs: T8, T9, T16.
