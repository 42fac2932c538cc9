"""Friend requests: the board, the decision sheet with its four risks, the report of a member of staff."""
