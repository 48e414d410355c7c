"""How a dossier is rated: a written procedure, its drivers and caps, and every rating so far."""
