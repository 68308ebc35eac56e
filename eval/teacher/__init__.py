"""The teacher-student experiments: `python -m eval.teacher`."""
