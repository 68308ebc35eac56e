"""An ordinary GPT-2 read as a Limit Transformer: what it takes from positions, and the nearest machine."""
