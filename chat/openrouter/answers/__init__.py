"""How models are asked for answers: one call, and the three APIs of OpenRouter that stream its answer."""
