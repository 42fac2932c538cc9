"""The demonstration: an invented lender with people, loans and a borrower who types."""
