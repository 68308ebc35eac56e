"""What coordinates and units of a machine can hold, for all words, lengths and offsets."""
