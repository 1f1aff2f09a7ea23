"""Numbered probes: a sender and a receiver for each end of a path, and the files they write.

Both programs need nothing but the standard library and what is in this package.
"""
