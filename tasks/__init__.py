"""What is to be learnt: tasks with samplers, and labels independent of any program."""
