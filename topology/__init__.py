"""Turns what an operator states into the complete plan of a stack, or refuses it with every problem at once."""

from topology.build import make_plan
from topology.intake import parse
from topology.plan import ROUTERS, Plan
from topology.problems import PlanError, Problem

__all__ = ["ROUTERS", "Plan", "PlanError", "Problem", "make_plan", "parse"]
