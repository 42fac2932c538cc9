"""Rights of the debtor: asked for on their own page, obeyed by the gate at once, answered in time by a person (R5)."""
