"""Which theorem guarantees that a whole architecture generalises in length, and under which assumptions."""
