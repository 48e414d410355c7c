"""Close reading of a study on a local page: nothing is written, nothing leaves the machine."""
