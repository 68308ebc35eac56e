"""Certificates that a family has no program for a language, their independent checker, and adversarial words."""
