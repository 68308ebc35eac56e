"""Reads trained and other GPT-2s as Limit Transformers, and measures both."""
