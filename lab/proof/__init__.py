"""What the lab proves with real packets: paths, their hops and MTU, what must not pass, and every redundancy."""
