"""Functions of two variables: surfaces to descend on, and formulas that a person types."""
