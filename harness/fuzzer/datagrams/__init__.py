"""Fuzzing servers of datagrams: drawn, performed, judged, shrunk and kept as streams are.

What knows no plan (the dice, the payloads, the events, the corpus) is that of the folder above.
"""
