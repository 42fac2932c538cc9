"""Showing a masked value in full: a reason first, a line in the log always."""
