"""The machine in floating-point arithmetic with a certificate, and as a torch module."""
