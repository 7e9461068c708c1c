"""What `grow` puts into headlines so that a search can ask for it."""

SYLLABLES = ("ald", "bro", "cor", "dun", "elm", "fen", "gar", "hol", "ing", "kel")
# Each of these 100 is in one of a hundred headlines.
TOWNS = [(first + second + "wick").capitalize() for first in SYLLABLES for second in SYLLABLES]
