"""What can be wrong with a picture or a drawing."""
