//! JSON that a person can read: objects over several lines, lists on one, and of
//! a list of lists one row a line.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// See the module.
#[derive(Default)]
pub(super) struct Layout {
    indent: usize,
    lists: usize,
    /// True where the open object or list has something in it.
    has_content: bool,
    /// True where the last thing that ended was a list in a list.
    ended_row: bool,
}

impl Layout {
    fn new_line<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        (0..self.indent).try_for_each(|_| writer.write_all(b"  "))
    }
}

impl Formatter for Layout {
    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.indent += 1;
        self.has_content = false;
        writer.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.indent -= 1;
        if self.has_content {
            self.new_line(writer)?;
        }
        self.has_content = true;
        writer.write_all(b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.new_line(writer)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.has_content = true;
        Ok(())
    }

    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.lists > 0 {
            self.new_line(writer)?;
        }
        self.lists += 1;
        self.indent += 1;
        self.ended_row = false;
        writer.write_all(b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.lists -= 1;
        self.indent -= 1;
        if self.ended_row {
            self.new_line(writer)?;
        }
        self.ended_row = self.lists > 0;
        writer.write_all(b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        match (first, self.ended_row) {
            (true, _) => Ok(()),
            (false, true) => writer.write_all(b","),
            (false, false) => writer.write_all(b", "),
        }
    }
}
