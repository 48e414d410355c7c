"""Anchors of time: outside evidence that a study's log was as long as it was when it says so."""
