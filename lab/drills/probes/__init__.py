"""Numbered probes: a sender and a receiver for each end of a path, who hears of routes, and the files they write.

The programs need the standard library, what is in this package, and the door into a namespace.
"""
