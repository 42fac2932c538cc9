"""Figures across everything: what came of the work, and how people were treated in it, side by side (R15)."""
