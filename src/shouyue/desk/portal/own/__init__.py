"""One's own page: what is owed, what can be asked for by right, and what became of it."""
