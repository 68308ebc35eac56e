"""Theorems that guarantee length generalisation for whole architectures, and the assumptions that they need."""
