"""One exam: the scenario, what its steps share, and the engine that runs them."""
