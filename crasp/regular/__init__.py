"""Regular languages: which fragment of the language defines them, with a program or a certificate."""
