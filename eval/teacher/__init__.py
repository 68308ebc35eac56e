"""The teacher-student experiments: measurements of their runs, tables, and the theorems that apply."""
