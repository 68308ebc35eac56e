"""Training of other architectures: any causal language model of transformers, or a module that the user wrote."""
