"""HTML pages that show a program with its values on a word, and a compiled machine on a word, layer by layer.

Each page is one file without scripts, and loads nothing from the network.
"""
