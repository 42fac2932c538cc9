"""The approvals inbox: what waits for a second pair of eyes."""
