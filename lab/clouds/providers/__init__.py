"""The emulated clouds as plugins of the Pulumi CLI: this folder first on PATH, and the CLI starts them."""
