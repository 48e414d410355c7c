"""The bridge to Inspect AI: families as tasks, elicitations as solvers, the embedded ladder as a model."""
