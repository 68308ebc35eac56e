"""What the experiments on training length, and on teacher and student, are about."""
