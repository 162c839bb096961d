"""How a function is descended: the rules for a step, and for its size."""
