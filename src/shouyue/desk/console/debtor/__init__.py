"""One debtor's page: debt, vehicle, people, permissions, timeline, threads."""
