"""The machine in floating-point arithmetic, certified, and as a torch module."""
