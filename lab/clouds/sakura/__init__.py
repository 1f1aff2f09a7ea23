"""Sakura Cloud as pulumi-sakuracloud 0.6 and its API know it."""
