"""Sets up, seeds and runs the authorization servers beside this folder; standard library only."""
