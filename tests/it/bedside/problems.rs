//! Covered rows and words of doubt: B15, B16.
