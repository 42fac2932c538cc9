"""Threads: the list, the conversation, the compose box with the gate's live answer."""
