//! Network files: readers and writers.
