"""Trained and foreign GPT-2s read as Limit Transformers, beside what they get right."""
