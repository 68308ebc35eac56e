"""The second road of `crasp learn`: the automaton of regular labels, the decider's verdict on it, and its program."""
