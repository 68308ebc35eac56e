"""The forecast: how likely a trained run is right so many times further than it was trained."""
