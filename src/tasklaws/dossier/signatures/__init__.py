"""Who stands for which part of a dossier: keys, roles, and signed statements that the folder determines."""
