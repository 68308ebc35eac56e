"""What a typed program means: interpreter, trace, measures."""
