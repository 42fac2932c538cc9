"""Every component of the console on one page, in demonstration mode."""
