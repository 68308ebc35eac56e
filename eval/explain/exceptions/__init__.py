"""Programs that a model follows on all but a few words, which are set aside as exceptions."""
