"""Leaves of the triage. ONE FILE = ONE LEAF: one kind of fault, and what of it a study shows."""
