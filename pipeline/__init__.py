"""The pipeline: settings → nodes, routes, checkpoints → graph → wiring → cycle → command line."""
