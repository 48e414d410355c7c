"""The checks of a dossier: that its parts agree, and that what it says follows from its evidence."""
