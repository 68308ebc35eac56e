"""Programs that a model follows on all but a few words; these words are set aside as exceptions."""
