"""My queue: today's work, why each matter is here and why one must wait."""
