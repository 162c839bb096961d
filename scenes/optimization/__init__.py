"""Descent on a landscape: step sizes, schedules, saddles, and the optimizers."""
