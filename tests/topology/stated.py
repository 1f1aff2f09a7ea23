"""Hypothesis strategies: stacks that can be built, the very ones that `make test-stacks` boots."""

from __future__ import annotations

from hypothesis import strategies as st

from lab.stacks import drawn

ROUTERS = drawn.ROUTERS

configs = st.randoms(use_true_random=False).map(drawn.stack)
"""The configuration of a stack, of every size and shape."""
