"""Two models on the tasks you care about: which is ahead, by how much, and what could have been told."""
