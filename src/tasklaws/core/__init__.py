"""The ground floor: errors, declared tables, provenance. Imports nothing of the project."""
