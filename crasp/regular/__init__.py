"""Decides which fragments of C-RASP define a regular language, and shows each answer by a program or a certificate."""
