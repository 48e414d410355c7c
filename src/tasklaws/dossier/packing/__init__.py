"""What lies in a dossier: evidence without secrets, commitments to the rest, and the manifest of it all."""
