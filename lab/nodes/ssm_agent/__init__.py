"""Stand-in for amazon-ssm-agent on a node of the lab: the same flags, files and API calls, a hundredth of its features.

It runs on the node with Debian's Python and the standard library, and imports nothing else of the lab.
"""
