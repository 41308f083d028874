"""Dictation and reading aloud at OpenRouter: the models and their prices, and what the endpoints of audio answer."""
