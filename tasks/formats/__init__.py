"""How tasks and words are written out: cards, datasets, packs for lm-evaluation-harness, and reports for people."""
