"""The command line: parses, calls one function of the package, prints. Nothing else happens here."""
