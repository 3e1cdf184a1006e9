//! Who it is, and what cannot be read: T2, T12.
