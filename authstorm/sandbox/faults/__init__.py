"""What can go wrong on request; one file a fault, named like its word in the control document."""
