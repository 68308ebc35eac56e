"""Reads programs in the dialect of the published C-RASP interpreter (`.cr`) and rewrites them in this language."""
