"""The rehearsal room: Locust's page with doors, and the Storm page that shows a run while it goes on."""
