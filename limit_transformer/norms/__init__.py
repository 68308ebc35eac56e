"""The terms of the regulariser R(T), of machines and of trained models."""
