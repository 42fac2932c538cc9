"""Who is to be forgotten: what was asked, what stands against it, two persons' agreement, and what became of it."""
