"""The machine as a stock GPT-2 directory, with the argument for its certified length."""
