"""The folder that holds what is known about a ladder: settings, parts, log. Imports `spec`, `core`."""
