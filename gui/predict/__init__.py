"""Predict, then reveal: the question in the place of the sentence, a class's hands, and the score."""
