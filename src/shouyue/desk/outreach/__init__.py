"""What to do next, with whom and why: the record of a case as rules read it, its dossier, strategies and reminders."""
