"""What people asked for by right, with its deadline, and the answer."""
