"""The embedded ladder: small language models trained on the spot on the families' own texts."""
