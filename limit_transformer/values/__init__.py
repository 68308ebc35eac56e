"""What coordinates and units can hold, for all words, lengths and offsets."""
