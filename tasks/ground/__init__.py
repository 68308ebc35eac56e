"""The ground floor: all may import it, it imports no other package (console, files, readers, worker pool)."""
