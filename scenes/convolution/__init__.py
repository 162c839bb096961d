"""Convolution and its companions: windows that walk over a grid."""
