"""One process tree per lab: its namespaces, its cgroup, its files, how it starts and how it ends."""
