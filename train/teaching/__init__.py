"""Training a student on a teacher's labels, and how far what it learnt carries."""
