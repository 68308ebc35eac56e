"""Training of architectures that are not ours: any causal language model of transformers, or a person's own module."""
