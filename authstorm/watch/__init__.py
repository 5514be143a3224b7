"""What happened: samples, windows, generator health and the verdict."""
