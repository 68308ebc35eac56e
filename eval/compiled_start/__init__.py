"""An experiment on compiled programs: they are compared with trained runs, and trained further."""
