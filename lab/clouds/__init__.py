"""Emulated AWS, Sakura Cloud and `random`: control planes that refuse what the real ones refuse."""
