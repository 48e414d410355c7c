"""One file, one page: each makes a page of what the study holds and what an address asks for."""
