"""Approved wordings of the lender's own: proposed by one officer, put in force by another, retired by either."""
