"""What was trained and what came out, kept."""
