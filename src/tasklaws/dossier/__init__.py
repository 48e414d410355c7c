"""The study made fit for an auditor: a folder that says what was seen, rates it, and verifies by itself."""
