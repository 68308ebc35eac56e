"""The idealised machine, exact: weights, attention, runs, serialisation."""
