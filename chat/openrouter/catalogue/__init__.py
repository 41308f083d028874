"""What OpenRouter offers: models, their providers, prices and options for images, and the tools that it runs itself."""
