"""Emulated AWS: one module per service."""
