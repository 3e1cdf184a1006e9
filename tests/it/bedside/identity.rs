//! Who it is and who may see what: B2, B17.
