"""Certificates for a no, their independent checker, and adversarial words."""
