"""Sign-in: password and second factor, or a passkey; a demonstration door that production does not have."""
