//! Laboratory results and infections: B10, B11, B12, B13.
