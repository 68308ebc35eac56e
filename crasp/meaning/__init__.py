"""What a typed program means: interpreter, streaming recogniser, trace, measures."""
