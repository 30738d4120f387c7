"""What the Latent page shows: its networks and codes, pictures, the map of two numbers and the ends of a morph."""
