"""The machines that are decided about: automata, products, what has to be followed."""
