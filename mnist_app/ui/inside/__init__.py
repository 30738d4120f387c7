"""What the Inside page shows: networks taken apart, their layers as pictures, and an image that is changed by brush."""
