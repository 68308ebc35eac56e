"""The architectures of the teacher-student experiments, each with a leading model axis."""
