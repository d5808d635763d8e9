//! Probes as facts, on a machine in memory.
