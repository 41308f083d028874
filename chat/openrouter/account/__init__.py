"""A person's account at OpenRouter: the sign-in, the key, its limits and spending, presets and records of answers."""
