"""Close observation: what attempts did, which to read next, what readers found, and where to look at them."""
