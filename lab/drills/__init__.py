"""Drills: break one thing in a running lab, measure what it cost in both directions, and mend it."""
