"""The ground floor: what every package may import and what imports no other package (console, files, readers)."""
