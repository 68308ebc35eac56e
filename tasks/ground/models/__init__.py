"""Models that others made, read as data alone."""
