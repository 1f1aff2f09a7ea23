"""Stacks nobody wrote: drawn by chance among all that may be stated, then booted and proved like any other."""
