"""Times of people: how long a task takes, where some give up, blow up, or are left out.

`attempts` holds what was timed and `pooled` the one engine: every task has a place of its own, and all share
the law of people about it. `censored`, `mixture`, `selection` and `populations` are such laws. `geometric`
assumes no law; `modes` tests for two groups of people; `axis` tells what the error of times does to a slope.
"""
