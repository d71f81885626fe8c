"""The items and how candidates are found: catalogue, encoder, vector and lexical index, fusion."""
