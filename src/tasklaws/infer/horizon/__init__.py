"""Success against human time, from counts: logistics, other falling curves, and their bootstraps."""
