"""One file = one check: a module that holds one constant ``CHECK``."""
