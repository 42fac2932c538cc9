"""Before: what waits for approval, as pre-reviewers work it. After: every contact by machine, a sample by people (R9)."""
