//! Hash tables of the vocabulary: the same order in every run, and quick.
//!
//! The keys are names of a deck that the user chose, so that nobody gains from keys that
//! collide; the hash is that of `foldhash` with a fixed seed.

use foldhash::fast::FixedState;

/// A hash map.
pub(crate) type Map<K, V> = std::collections::HashMap<K, V, FixedState>;
