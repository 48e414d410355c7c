"""The formal model as values: ladders of rungs, and what an importer is. Imports only `core`."""
