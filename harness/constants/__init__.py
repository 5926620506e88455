"""What a target gives away: the constants in its source and its program.

``gather`` finds the files, the others read one of a kind; they are functions from text to values.
"""
