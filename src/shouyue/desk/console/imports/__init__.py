"""Case files: what was taken in, and a dry run before anything is."""
