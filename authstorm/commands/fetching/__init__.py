"""What ``make tokens`` does: many logins at once, each repeated where that can help, into a file for one owner."""
