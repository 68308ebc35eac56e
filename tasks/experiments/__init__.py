"""The data of two kinds of experiments: those on training length, and those on teacher and student."""
