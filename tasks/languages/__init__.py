"""Any language as a task: automata, labels, samplers."""
