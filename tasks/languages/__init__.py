"""Languages as tasks: their automata, their labels, and their samplers."""
