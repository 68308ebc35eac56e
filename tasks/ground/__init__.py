"""What every package may import and what imports no other package: console, files, readers of languages and models."""
