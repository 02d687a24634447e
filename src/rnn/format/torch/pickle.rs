//! The part of Python's pickle machine that weights are written with.
//!
//! Nothing in a pickle is ever called: the few functions that rebuild tensors are
//! known by name, and every other object becomes [`Value::Other`].

use std::collections::BTreeMap;
use std::rc::Rc;

/// A Python value; containers are indices into [`Pickle::containers`], so that no
/// nesting, however deep, is ever walked by recursion.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Int(i64),
    Text(Rc<str>),
    /// A tuple or a list.
    Sequence(usize),
    /// Keys and values in turn.
    Dict(usize),
    /// `module name`
    Global(Rc<str>),
    /// A persistent id: the tuple that PyTorch makes of a storage.
    Storage(usize),
    /// A rebuilt tensor: the arguments of the function that rebuilds it.
    Tensor(usize),
    Other,
}

/// What one pickle holds.
#[derive(Debug)]
pub(super) struct Pickle {
    pub(super) containers: Vec<Vec<Value>>,
    pub(super) root: Value,
    /// Bytes up to and including the full stop.
    pub(super) length: usize,
}

/// Runs one pickle; the error is a sentence with the offset.
pub(super) fn unpickle(bytes: &[u8]) -> Result<Pickle, String> {
    let mut machine = Machine { bytes, at: 0, ..Machine::default() };
    loop {
        let at = machine.at;
        match machine.step() {
            Ok(None) => {}
            Ok(Some(root)) => {
                return Ok(Pickle { containers: machine.containers, root, length: machine.at });
            }
            Err(what) => return Err(format!("pickle, byte {at}: {what}")),
        }
    }
}

#[derive(Default)]
struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: BTreeMap<u32, Value>,
    containers: Vec<Vec<Value>>,
}

const SHORT: &str = "it ends too early";
const EMPTY: &str = "an instruction finds nothing to work on";

impl<'a> Machine<'a> {
    /// One instruction; the root at the last one.
    fn step(&mut self) -> Result<Option<Value>, String> {
        let [code] = self.array()?;
        match code {
            b'.' => return self.pop().map(Some),
            // Numbers, texts and constants.
            b'J' => {
                let value = i32::from_le_bytes(self.array()?);
                self.stack.push(Value::Int(i64::from(value)));
            }
            b'K' => self.push_unsigned::<1>()?,
            b'M' => self.push_unsigned::<2>()?,
            0x8a => self.long()?,
            b'X' | b'T' => self.text(4)?,
            0x8c | b'U' => self.text(1)?,
            b'N' | 0x88 | 0x89 => self.stack.push(Value::Other),
            b'G' => {
                self.array::<8>()?;
                self.stack.push(Value::Other);
            }
            // Containers.
            b'}' => self.push_container(Vec::new(), Value::Dict),
            b']' | b')' => self.push_container(Vec::new(), Value::Sequence),
            b'(' => self.marks.push(self.stack.len()),
            b't' | b'l' => {
                let items = self.pop_marked()?;
                self.push_container(items, Value::Sequence);
            }
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(code - 0x84))?;
                self.push_container(items, Value::Sequence);
            }
            b'a' => self.extend(1)?,
            b's' => self.extend(2)?,
            b'e' | b'u' => {
                let items = self.pop_marked()?;
                self.extend_with(items)?;
            }
            _ => self.step_rarer(code)?,
        }
        Ok(None)
    }

    fn step_rarer(&mut self, code: u8) -> Result<(), String> {
        match code {
            // Protocol and frame say nothing that matters here.
            0x80 => drop(self.array::<1>()?),
            0x95 => drop(self.array::<8>()?),
            // Discarding the top of the stack, and setting the state of the object
            // below it: attributes that no weight stands in.
            b'0' | b'b' => drop(self.pop()?),
            // The memo.
            b'q' => {
                let [key] = self.array()?;
                self.remember(u32::from(key))?;
            }
            b'r' => {
                let key = u32::from_le_bytes(self.array()?);
                self.remember(key)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?,
            b'h' => {
                let [key] = self.array()?;
                self.recall(u32::from(key))?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.array()?);
                self.recall(key)?;
            }
            // Objects.
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.stack.push(Value::Global(format!("{module} {name}").into()));
            }
            0x93 => {
                let items = self.pop_many(2)?;
                let [Value::Text(module), Value::Text(name)] = &items[..] else {
                    return Err("a name is no text".to_owned());
                };
                self.stack.push(Value::Global(format!("{module} {name}").into()));
            }
            b'Q' => match self.pop()? {
                Value::Sequence(index) => self.stack.push(Value::Storage(index)),
                _ => return Err("a storage is no tuple".to_owned()),
            },
            b'R' | 0x81 => self.call()?,
            _ => return Err(format!("instruction {code:#04x} is not one that weights need")),
        }
        Ok(())
    }

    /// What a function of known name makes of its arguments.
    fn call(&mut self) -> Result<(), String> {
        let items = self.pop_many(2)?;
        let (Value::Global(name), Value::Sequence(arguments)) = (&items[0], &items[1]) else {
            self.stack.push(Value::Other);
            return Ok(());
        };
        match &**name {
            "collections OrderedDict" => self.push_container(Vec::new(), Value::Dict),
            "torch._utils _rebuild_tensor_v2" | "torch._utils _rebuild_tensor" => {
                self.stack.push(Value::Tensor(*arguments));
            }
            // Wraps a tensor.
            "torch._utils _rebuild_parameter" => {
                let first = self.containers[*arguments].first().cloned();
                self.stack.push(first.ok_or(EMPTY)?);
            }
            _ => self.stack.push(Value::Other),
        }
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        self.at += N;
        bytes.copied().ok_or_else(|| SHORT.to_owned())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).ok_or(SHORT)?;
        let bytes = self.bytes.get(self.at..end).ok_or(SHORT)?;
        self.at = end;
        Ok(bytes)
    }

    fn unsigned<const N: usize>(&mut self) -> Result<usize, String> {
        let bytes: [u8; N] = self.array()?;
        Ok(bytes.iter().rev().fold(0, |value, &byte| value << 8 | usize::from(byte)))
    }

    fn push_unsigned<const N: usize>(&mut self) -> Result<(), String> {
        let value = self.unsigned::<N>()?;
        self.stack.push(i64::try_from(value).map_or(Value::Other, Value::Int));
        Ok(())
    }

    /// A little-endian integer of any width; one too wide for 64 bits is no extent.
    fn long(&mut self) -> Result<(), String> {
        let count = self.unsigned::<1>()?;
        let bytes = self.take(count)?;
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        self.stack.push(match wide.get_mut(..count) {
            Some(place) => {
                place.copy_from_slice(bytes);
                Value::Int(i64::from_le_bytes(wide))
            }
            None => Value::Other,
        });
        Ok(())
    }

    fn text(&mut self, width: usize) -> Result<(), String> {
        let count = if width == 1 { self.unsigned::<1>()? } else { self.unsigned::<4>()? };
        let bytes = self.take(count)?;
        self.stack.push(Value::Text(String::from_utf8_lossy(bytes).into()));
        Ok(())
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or(SHORT)?;
        self.at += end + 1;
        Ok(String::from_utf8_lossy(&rest[..end]).into_owned())
    }

    fn pop(&mut self) -> Result<Value, String> {
        self.stack.pop().ok_or_else(|| EMPTY.to_owned())
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<Value>, String> {
        let from = self.stack.len().checked_sub(count).ok_or(EMPTY)?;
        Ok(self.stack.split_off(from))
    }

    fn pop_marked(&mut self) -> Result<Vec<Value>, String> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len()).ok_or(EMPTY)?;
        Ok(self.stack.split_off(mark))
    }

    fn push_container(&mut self, items: Vec<Value>, kind: fn(usize) -> Value) {
        self.stack.push(kind(self.containers.len()));
        self.containers.push(items);
    }

    fn extend(&mut self, count: usize) -> Result<(), String> {
        let items = self.pop_many(count)?;
        self.extend_with(items)
    }

    /// Adds items to the list or dictionary on top of the stack.
    fn extend_with(&mut self, items: Vec<Value>) -> Result<(), String> {
        match self.stack.last() {
            Some(Value::Sequence(index) | Value::Dict(index)) => {
                self.containers[*index].extend(items);
                Ok(())
            }
            Some(_) => Ok(()),
            None => Err(EMPTY.to_owned()),
        }
    }

    fn remember(&mut self, key: u32) -> Result<(), String> {
        let value = self.stack.last().cloned().ok_or(EMPTY)?;
        self.memo.insert(key, value);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<(), String> {
        let value = self.memo.get(&key).cloned().ok_or("a value is used before it is made")?;
        self.stack.push(value);
        Ok(())
    }
}
