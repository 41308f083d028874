"""What an answer consists of: the events of its stream, and how each part is read in the forms that providers use."""
