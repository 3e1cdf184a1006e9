//! Problems: T10, T11.
