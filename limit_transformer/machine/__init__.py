"""The idealised machine in exact arithmetic: its weights, its attention, its runs, and its form as plain data."""
