"""What people read: the run folder, the report page, tables and summaries."""
