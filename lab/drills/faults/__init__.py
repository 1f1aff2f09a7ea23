"""Faults: verbs that break one thing in a running lab and undo it. They judge nothing."""
