"""What lies under the data: streets, buildings and water of the user, or tiles when asked."""
