"""Roads to an enforceable title: their stages and dates, hearings, fees, measures, what must be proved, and the papers (R14)."""
