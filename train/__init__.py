"""Small transformers, trained fast: GPT-2 arithmetic with a leading model axis."""
