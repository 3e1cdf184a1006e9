//! Drugs: B1, B5, B6, B7.
