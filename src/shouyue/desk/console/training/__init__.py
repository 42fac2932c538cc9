"""My training, a course, an exam; and the trainer's board."""
