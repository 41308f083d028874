"""What went wrong at OpenRouter: the classes of its errors, and how a response is recognised as one of them."""
