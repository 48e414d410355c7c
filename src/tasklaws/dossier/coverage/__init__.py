"""What a dossier answers of standards that others wrote: maps as data, and one way to read them."""
