"""The machines whose languages are decided: automata, machines that answer after each letter, and their components."""
