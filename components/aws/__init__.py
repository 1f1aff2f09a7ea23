"""Components that stand in AWS alone."""
