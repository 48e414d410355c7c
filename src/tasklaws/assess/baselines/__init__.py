"""One file = one baseline: a module that holds one constant ``BASELINE``."""
