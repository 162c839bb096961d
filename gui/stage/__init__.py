"""The stage draws pictures: one renderer for each kind of mark, and panels that hold them."""
