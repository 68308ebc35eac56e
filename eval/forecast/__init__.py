"""The forecast: how likely it is that a trained run is right up to a given multiple of its training length."""
