"""History through the live functions: an engine with every limit and record, a compiled kernel for sweeps."""
