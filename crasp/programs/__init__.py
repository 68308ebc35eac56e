"""The program library: one file for each task that has a program, and the worked examples."""
