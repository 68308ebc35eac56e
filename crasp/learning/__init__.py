"""From labelled words to the shortest program: points, values by size, covers, claims, and the command `learn`."""
