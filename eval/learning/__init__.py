"""The command `learn`, and where its labels come from: files of words, tasks, languages and models."""
