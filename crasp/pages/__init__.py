"""Pages that teach: a program beside its values on a word, and a compiled machine on a word, layer by layer.

Each page is one HTML file without script that asks the network for nothing.
"""
