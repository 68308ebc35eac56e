"""What a typed program means: the interpreter, the streaming recogniser, the trace, and the measures of a program."""
