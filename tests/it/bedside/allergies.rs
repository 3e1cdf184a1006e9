//! Allergies, contraindications, absence and disagreement: B3, B4, B8, B9, B14.
