"""What somebody did, counted, with the sealed entry that shows each; contested and answered."""
