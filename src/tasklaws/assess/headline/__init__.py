"""Claims in plain language about a study, each with what it rests on and what would overturn it."""
