"""The suite of encodings: what is predicted for each positional encoding, beside what was measured."""
