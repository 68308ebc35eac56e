"""The suite of encodings: what is predicted of each positional encoding, beside what was measured."""
