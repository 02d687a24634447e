//! Interned names.

use std::sync::OnceLock;

/// A name of a deck, in lower case; equal names have equal symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

/// All names of a deck.
///
/// The names lie in one string and the table holds hashes beside symbols, so a
/// deck of millions of names costs no allocation per name. The hash is fixed:
/// symbols depend on the order of the names alone.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    /// Open addressing with linear probing; the length is a power of two, or 0. A deck
    /// of very many names has none, once it is read, until a name is looked up.
    table: OnceLock<Vec<Slot>>,
    /// All names, one after the other.
    text: String,
    /// Where each name ends in `text`.
    ends: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    /// [`EMPTY`] where the slot is free.
    symbol: u32,
}

const EMPTY: u32 = u32::MAX;

/// Slots of a table whose memory is worth more than the time to make it again.
const LARGE: usize = 1 << 20;

impl Interner {
    /// The symbol of `name`, which is taken as is: callers lower its case.
    ///
    /// # Panics
    ///
    /// If the names are longer than 4 GiB together, which no parsed deck reaches.
    pub fn intern(&mut self, name: &str) -> Symbol {
        self.reserve();
        let hash = hash(name);
        let (slot, found) = self.find(self.table(), hash, name);
        found.unwrap_or_else(|| {
            self.text.push_str(name);
            self.insert(slot, hash)
        })
    }

    /// The symbol of `name` with its ASCII letters in lower case.
    pub(super) fn intern_lower(&mut self, name: &str) -> Symbol {
        if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.intern(name);
        }
        self.reserve();
        // The end of the text is where the case is lowered: nothing is
        // allocated, and a new name is in place already.
        let start = self.text.len();
        self.text.push_str(name);
        self.text[start..].make_ascii_lowercase();
        let lower = &self.text[start..];
        let hash = hash(lower);
        let (slot, found) = self.find(self.table(), hash, lower);
        if let Some(symbol) = found {
            self.text.truncate(start);
            return symbol;
        }
        self.insert(slot, hash)
    }

    /// Gives the memory of a large table back; the next look-up makes it anew.
    pub(super) fn close(&mut self) {
        if self.table().len() >= LARGE {
            self.table = OnceLock::new();
        }
    }

    /// Gives the name that was added to the end of the text its symbol.
    fn insert(&mut self, slot: usize, hash: u32) -> Symbol {
        let symbol = self.ends.len() as u32;
        self.ends.push(u32::try_from(self.text.len()).expect("names below 4 GiB"));
        if let Some(table) = self.table.get_mut() {
            table[slot] = Slot { hash, symbol };
        }
        Symbol(symbol)
    }

    /// Makes room for one name more; at most three quarters full, so that probes stay short.
    fn reserve(&mut self) {
        if 3 * self.table().len() < 4 * (self.ends.len() + 1) {
            let mut table = free(2 * self.table().len());
            self.table()
                .iter()
                .filter(|slot| slot.symbol != EMPTY)
                .for_each(|&s| put(&mut table, s));
            self.table = OnceLock::from(table);
        }
    }

    /// The symbol of `name` if the deck has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Symbol> {
        self.find(self.table(), hash(name), name).1
    }

    fn table(&self) -> &[Slot] {
        self.table.get_or_init(|| self.filled((4 * self.ends.len() / 3 + 1).next_power_of_two()))
    }

    /// A table of that length, 16 at least, with all names.
    fn filled(&self, length: usize) -> Vec<Slot> {
        let mut table = free(length);
        let mut start = 0;
        for (symbol, &end) in (0..).zip(&self.ends) {
            put(&mut table, Slot { hash: hash(&self.text[start..end as usize]), symbol });
            start = end as usize;
        }
        table
    }

    /// The name of `symbol`.
    ///
    /// # Panics
    ///
    /// If the symbol comes from another interner.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> &str {
        let index = symbol.0 as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    /// The number of names; symbols count from 0.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes all names have together.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// True where there is no name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The slot of that name and its symbol, or the free slot where it belongs.
    fn find(&self, table: &[Slot], hash: u32, name: &str) -> (usize, Option<Symbol>) {
        let mask = table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let Slot { hash: other, symbol } = table[at];
            if symbol == EMPTY {
                return (at, None);
            }
            if other == hash && self.name(Symbol(symbol)) == name {
                return (at, Some(Symbol(symbol)));
            }
            at = (at + 1) & mask;
        }
    }
}

/// A table of free slots, 16 at least.
fn free(length: usize) -> Vec<Slot> {
    vec![Slot { hash: 0, symbol: EMPTY }; std::cmp::max(16, length)]
}

/// Fills the first free slot from the place of its hash on.
fn put(table: &mut [Slot], slot: Slot) {
    let mask = table.len() - 1;
    let mut at = slot.hash as usize & mask;
    while table[at].symbol != EMPTY {
        at = (at + 1) & mask;
    }
    table[at] = slot;
}

/// A multiplicative hash over words of eight bytes.
///
/// The low four bits are those of the last character: names that differ in
/// their last digit only, as numbered nodes do, are neighbours in the table, so
/// that most of them are found in a cache line that was just used.
fn hash(name: &str) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let Some((&last, front)) = name.as_bytes().split_last() else { return 0 };
    let mut state = name.len() as u64 ^ (u64::from(last & 0xf0) << 32);
    let mut mix = |word: u64| {
        state = (state ^ word).wrapping_mul(FACTOR);
        state ^= state >> 32;
    };
    let (words, rest) = front.as_chunks();
    for word in words {
        mix(u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        mix(rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)));
    }
    let mixed = (state.wrapping_mul(FACTOR) >> 32) as u32;
    (mixed & !0xf) | u32::from(last & 0xf)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        /// The same as a map from names to the order of their first appearance.
        #[test]
        fn symbols_number_the_names(names in prop::collection::vec("[abA]{0,3}|.{0,20}", 0..200)) {
            let mut interner = Interner::default();
            let mut known: HashMap<String, Symbol> = HashMap::new();
            for name in &names {
                prop_assert_eq!(interner.get(name), known.get(name).copied());
                let next = Symbol(known.len() as u32);
                let expected = *known.entry(name.clone()).or_insert(next);
                prop_assert_eq!(interner.intern(name), expected);
                prop_assert_eq!(interner.name(expected), name.as_str());
                let lower = name.to_ascii_lowercase();
                let next = Symbol(known.len() as u32);
                let expected = *known.entry(lower.clone()).or_insert(next);
                prop_assert_eq!(interner.intern_lower(name), expected);
                prop_assert_eq!(interner.name(expected), lower);
            }
            prop_assert_eq!(interner.len(), known.len());
            interner.table = OnceLock::new();
            for name in &names {
                prop_assert_eq!(interner.get(name), known.get(name).copied());
            }
            interner.table = OnceLock::new();
            let next = Symbol(known.len() as u32);
            prop_assert_eq!(interner.intern("a name of no deck, and long"), next);
            interner = Interner::default();
            known.clear();
            prop_assert_eq!(interner.is_empty(), known.is_empty());
        }
    }

    #[test]
    fn many_names_stay_apart() {
        let mut interner = Interner::default();
        for k in 0..100_000 {
            assert_eq!(interner.intern(&format!("n{k}")), Symbol(k));
        }
        assert_eq!(interner.get("n77777"), Some(Symbol(77_777)));
        assert_eq!(interner.name(Symbol(99_999)), "n99999");
    }
}
