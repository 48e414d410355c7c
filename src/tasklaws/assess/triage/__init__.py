"""What is broken here: ordered leaves from a broken scorer to a genuine step, each with its evidence."""
