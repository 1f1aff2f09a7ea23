"""Cloud resources around the plan: components that take arguments and one another's outputs, never stack settings."""
