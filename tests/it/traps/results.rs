//! Laboratory results: T1, T3, T13.
