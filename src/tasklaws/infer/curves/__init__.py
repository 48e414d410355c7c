"""Curves through points: forms compiled, fitted in batches, and how sure their parameters are."""
