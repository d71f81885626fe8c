"""Taste as weights: feedback, adapted blocks, inner loop, ridge head, versioned store."""
