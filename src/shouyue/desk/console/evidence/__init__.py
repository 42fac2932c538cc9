"""The evidence panel of a thread: what is sealed, integrated, published."""
