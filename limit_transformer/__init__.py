"""The theory's idealised machine: Limit Transformers, run exactly."""
