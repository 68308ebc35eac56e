"""Words on paper and on disk: batches, cards, datasets, reports."""
