"""Drives the Pulumi program through the emulated clouds without the Pulumi CLI."""
