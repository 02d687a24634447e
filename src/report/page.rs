//! Pages of HTML: one file each, that loads nothing and runs nothing.

use std::fmt::Write;

use crate::plot::{Figure, PlotError};

/// A page: a verdict, and below it blocks under headings.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What the page is about.
    pub title: String,
    /// The answer, and whether it is yes.
    pub verdict: (String, bool),
    /// The command that makes the page again.
    pub command: String,
    /// Headings with what stands below them.
    pub sections: Vec<(String, Vec<Block>)>,
}

/// Something below a heading.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Text whose lines and columns are to stay as they are.
    Lines(String),
    /// A table: its head, and its rows, the first cell of which names the row. A cell that
    /// says `holds`, `agrees` or `right` is green, one that says `FAILS` or `WRONG` red.
    Table(Vec<String>, Vec<Vec<String>>),
    /// A figure and what it shows.
    Figure(Box<Figure>, String),
}

const STYLE: &str = "\
:root{--ink:#222;--pale:#666;--line:#d8d8d8;--good:#0a6b3d;--bad:#b3261e}\
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:#fff;\
max-width:62rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.4rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}\
#verdict{font-size:1.15rem;font-weight:600;padding:.8rem 1rem;border-left:.4rem solid}\
#verdict.yes{color:var(--good);border-color:var(--good);background:#eef7f1}\
#verdict.no{color:var(--bad);border-color:var(--bad);background:#fbeeed}\
pre{font:13px/1.45 ui-monospace,monospace;background:#f6f6f6;padding:.7rem;white-space:pre-wrap;\
overflow-wrap:anywhere}\
table{border-collapse:collapse;font-size:.9rem;width:100%}\
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);\
vertical-align:top}th{color:var(--pale);font-weight:600}\
td.good{color:var(--good)}td.bad{color:var(--bad);font-weight:600}\
figure{margin:1rem 0}figcaption{color:var(--pale);font-size:.9rem}\
svg{max-width:100%;height:auto}\
@media print{body{max-width:none;margin:0}figure,tr{break-inside:avoid}}";

impl Page {
    /// The file.
    ///
    /// # Errors
    ///
    /// [`PlotError`] where a figure cannot be drawn.
    pub fn to_html(&self) -> Result<String, PlotError> {
        let mut html = String::new();
        let title = escaped(&self.title);
        let (verdict, holds) = (escaped(&self.verdict.0), self.verdict.1);
        let class = if holds { "yes" } else { "no" };
        let _ = write!(
            html,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <title>{title}</title>\n<style>{STYLE}</style></head><body>\n\
             <h1>{title}</h1>\n\
             <p id=\"verdict\" class=\"{class}\" data-holds=\"{holds}\">{verdict}</p>\n"
        );
        for (heading, blocks) in &self.sections {
            let _ = writeln!(html, "<section><h2>{}</h2>", escaped(heading));
            for block in blocks {
                block.write(&mut html)?;
            }
            html.push_str("</section>\n");
        }
        let _ = write!(
            html,
            "<section><h2>How to repeat this</h2>\n<pre>{}</pre></section>\n</body></html>\n",
            escaped(&self.command)
        );
        Ok(html)
    }
}

impl Block {
    fn write(&self, html: &mut String) -> Result<(), PlotError> {
        match self {
            Self::Text(text) => {
                let _ = writeln!(html, "<p>{}</p>", escaped(text));
            }
            Self::Lines(text) => {
                let _ = writeln!(html, "<pre>{}</pre>", escaped(text.trim_end()));
            }
            Self::Table(head, rows) => {
                html.push_str("<table><thead><tr>");
                for cell in head {
                    let _ = write!(html, "<th>{}</th>", escaped(cell));
                }
                html.push_str("</tr></thead><tbody>\n");
                for row in rows {
                    html.push_str("<tr>");
                    for cell in row {
                        let _ = write!(html, "<td{}>{}</td>", colour(cell), escaped(cell));
                    }
                    html.push_str("</tr>\n");
                }
                html.push_str("</tbody></table>\n");
            }
            Self::Figure(figure, caption) => {
                let (width, height) = figure.size();
                let svg = figure.to_svg(width, height)?;
                let caption = escaped(caption);
                let _ = writeln!(html, "<figure>{svg}<figcaption>{caption}</figcaption></figure>");
            }
        }
        Ok(())
    }
}

/// The class of a cell that judges.
fn colour(cell: &str) -> &'static str {
    match cell.split_whitespace().next() {
        Some("holds" | "agrees" | "right") => " class=\"good\"",
        Some("FAILS" | "WRONG") => " class=\"bad\"",
        _ => "",
    }
}

/// Text that is text in HTML, too.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // Other control characters have no place in HTML.
            c if c.is_control() && c != '\n' && c != '\t' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_stays_text() {
        let page = Page {
            title: "<script>alert(1)</script> & \"more\"".to_owned(),
            verdict: ("a < b".to_owned(), false),
            command: "analogon verify 'a&b.cir'".to_owned(),
            sections: vec![(
                "x > y".to_owned(),
                vec![
                    Block::Table(vec!["<th>".to_owned()], vec![vec!["FAILS <b>".to_owned()]]),
                    Block::Text("\u{0}null".to_owned()),
                ],
            )],
        };
        let html = page.to_html().unwrap();
        assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;"));
        assert!(html.contains("<td class=\"bad\">FAILS &lt;b&gt;</td>"));
        assert!(html.contains("data-holds=\"false\">a &lt; b</p>"));
        assert!(html.contains("\u{fffd}null"));
    }
}
