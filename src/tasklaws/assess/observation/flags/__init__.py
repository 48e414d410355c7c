"""Flags of attempts. ONE FILE = ONE FLAG: a rule that looks at one transcript and quotes what it found."""
