"""Success against inference budget, from runs that there are: the verb `budget`."""
