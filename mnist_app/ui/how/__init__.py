"""What the page How it works shows: a module for a part or two."""
