"""Drives the Pulumi program through the emulated clouds: the Pulumi CLI, or an engine of our own."""
