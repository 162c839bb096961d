"""A learner's own function: run under the recorder in a process of its own, and checked against the engine."""
