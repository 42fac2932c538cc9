"""What to do next and why: the dossier of a matter, strategies and their dry run."""
