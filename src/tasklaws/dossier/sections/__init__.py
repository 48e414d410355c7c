"""What the page of a dossier shows: each file makes blocks of the document and of nothing else."""
