"""Courses, exams and certificates that gate the right to contact (R8)."""
