"""A company that owes: who acts for it, its seals, where it is lawfully reached."""
