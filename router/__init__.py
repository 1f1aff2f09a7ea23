"""The agent of one router: it fetches the router's bundle, brings the path up from it, and tells how the path is.

It runs on stock Debian 12 Python.
Whatever stays resident uses the standard library only; AWS is called by a short-lived child (`router.aws_calls`).
It knows nothing but its bundle, its boot object and this machine.
"""
