"""How fast it is: `python -m tests.bench [subject ...]` prints figures, with peers measured in the same run."""
