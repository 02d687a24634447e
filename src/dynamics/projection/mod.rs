//! Trajectories of many units in a few dimensions.
