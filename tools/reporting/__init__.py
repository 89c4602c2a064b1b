"""Results as pages: one HTML file each, drawn here, that asks nothing of any network."""
