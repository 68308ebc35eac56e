"""Teacher-student experiments: a student is trained on a teacher's labels, and tested on longer sequences."""
