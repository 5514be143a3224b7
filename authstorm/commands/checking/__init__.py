"""What ``make check`` does: walks one visitor through every step, and explains what it sees in words of the file."""
