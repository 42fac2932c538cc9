"""WHEN? Spans, working days, allowed hours, legal periods. Nothing here reads a clock: the day or moment is a parameter.

Legal numbers (how many years, which hours) are not here either; they come from a pack.
"""
