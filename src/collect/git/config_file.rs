//! A line-accurate reader of git's configuration syntax (`git_parse_source` in config.c of git).
//!
//! Reads bytes, never fails, and stops at the first syntax error as git does; what stands before it is kept.

use std::ops::Range;
use std::sync::Arc;

/// Most entries that are taken from one file.
const ITEM_LIMIT: usize = 100_000;

/// The section that entries stand in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Heading {
    /// Section in lower case.
    pub section: String,
    /// Subsection as written; `None`: none.
    pub subsection: Option<String>,
}

/// One entry with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The section that it stands in.
    pub heading: Arc<Heading>,
    /// Name in lower case.
    pub name: String,
    /// The value, quotes and escapes taken out; `None` for a bare name.
    pub value: Option<String>,
    /// Line on which the name stands, from 1.
    pub line: u32,
    /// Byte offset of the name in its line (a byte order mark does not count).
    pub start: usize,
    /// Byte offset behind the last character of the entry on that line, a comment left out.
    pub end: usize,
    /// Its bytes in the file.
    pub extent: Extent,
}

/// The bytes of one entry, as offsets in its file (a byte order mark does not count).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// Where the name begins.
    pub start: usize,
    /// The value as written, quotes and continued lines included, blanks and comments around it not. Empty for an
    /// entry without one: behind the equals sign, or behind a bare name.
    pub value: Range<usize>,
    /// Behind the line end of the entry and of the comment that follows it.
    pub next: usize,
}

/// A section heading with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadingPlace {
    /// What it says.
    pub heading: Arc<Heading>,
    /// From bracket to bracket, in bytes of the file (a byte order mark does not count).
    pub span: Range<usize>,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// Its entries in order.
    pub items: Vec<Item>,
    /// Its section headings in order.
    pub headings: Vec<HeadingPlace>,
    /// The line of the syntax error that ends the reading; `None`: there is none.
    pub error_line: Option<u32>,
    /// Whether there were more entries than are kept.
    pub cut: bool,
}

/// The content without a UTF-8 byte order mark, which git skips.
pub fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Reads a configuration file.
pub fn parse(bytes: &[u8]) -> Parsed {
    let mut reader = Reader::new(without_bom(bytes));
    let mut parsed = Parsed::default();
    let mut heading = Arc::new(Heading::default());
    loop {
        match reader.next_part(&mut heading, &mut parsed.headings) {
            Ok(Some(_)) if parsed.items.len() >= ITEM_LIMIT || parsed.headings.len() > ITEM_LIMIT => {
                parsed.cut = true;
                return parsed;
            }
            Ok(Some(item)) => parsed.items.push(item),
            Ok(None) => return parsed,
            Err(line) => {
                parsed.error_line = Some(line);
                return parsed;
            }
        }
    }
}

/// A character of the file; the end of the file reads as a line feed.
type Byte = u8;

/// The line of a syntax error.
type ErrorLine = u32;

struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    line: u32,
    line_start: usize,
    ended: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, line: 1, line_start: 0, ended: false }
    }

    /// The next character, CR LF as one; counts lines.
    fn next(&mut self) -> Byte {
        let Some(&byte) = self.bytes.get(self.position) else {
            // Git counts the end of the file as the end of a line, even a second time.
            self.ended = true;
            self.line = self.line.saturating_add(1);
            return b'\n';
        };
        self.position += 1;
        let byte = if byte == b'\r' && self.bytes.get(self.position) == Some(&b'\n') {
            self.position += 1;
            b'\n'
        } else {
            byte
        };
        if byte == b'\n' {
            self.line = self.line.saturating_add(1);
            self.line_start = self.position;
        }
        byte
    }

    /// The next entry; section headings on the way replace `heading` and are added to `places`. `None` at the end.
    fn next_part(
        &mut self,
        heading: &mut Arc<Heading>,
        places: &mut Vec<HeadingPlace>,
    ) -> Result<Option<Item>, ErrorLine> {
        let mut comment = false;
        loop {
            let byte = self.next();
            match byte {
                b'\n' if self.ended => return Ok(None),
                b'\n' => comment = false,
                _ if comment || is_space(byte) => {}
                b'#' | b';' => comment = true,
                b'[' => {
                    let start = self.position - 1;
                    *heading = Arc::new(self.heading()?);
                    places.push(HeadingPlace { heading: Arc::clone(heading), span: start..self.position });
                }
                _ if byte.is_ascii_alphabetic() => return self.item(byte, heading).map(Some),
                _ => return Err(self.line),
            }
        }
    }

    /// A section heading behind its opening bracket.
    fn heading(&mut self) -> Result<Heading, ErrorLine> {
        let mut section = Vec::new();
        loop {
            let byte = self.next();
            if self.ended {
                return Err(self.line);
            }
            match byte {
                b']' if section.is_empty() => return Err(self.line),
                b']' => return Ok(dotted(&section)),
                _ if is_space(byte) => {
                    let subsection = self.subsection(byte)?;
                    return Ok(quoted(&section, &text(&subsection)));
                }
                _ if is_key(byte) || byte == b'.' => section.push(byte.to_ascii_lowercase()),
                _ => return Err(self.line),
            }
        }
    }

    /// A quoted subsection with the closing bracket; `byte` is the blank before it.
    fn subsection(&mut self, mut byte: Byte) -> Result<Vec<u8>, ErrorLine> {
        while is_space(byte) {
            if byte == b'\n' {
                return Err(self.line.saturating_sub(1));
            }
            byte = self.next();
        }
        if byte != b'"' {
            return Err(self.line);
        }
        let mut subsection = Vec::new();
        loop {
            let mut byte = self.next();
            if byte == b'"' {
                break;
            }
            if byte == b'\\' {
                byte = self.next();
            }
            if byte == b'\n' {
                return Err(self.line.saturating_sub(1));
            }
            subsection.push(byte);
        }
        if self.next() == b']' { Ok(subsection) } else { Err(self.line) }
    }

    /// An entry whose name begins with `first`.
    fn item(&mut self, first: Byte, heading: &Arc<Heading>) -> Result<Item, ErrorLine> {
        let (line, line_start) = (self.line, self.line_start);
        let first_byte = self.position - 1;
        let start = first_byte - line_start;
        let mut name = vec![first.to_ascii_lowercase()];
        let mut end = start + 1;
        let mut byte = self.next();
        while is_key(byte) && !self.ended {
            name.push(byte.to_ascii_lowercase());
            end = self.position - line_start;
            byte = self.next();
        }
        while byte == b' ' || byte == b'\t' {
            byte = self.next();
        }
        let mut place = line_start + end..line_start + end;
        let value = match byte {
            b'\n' => None,
            b'=' => {
                end = self.position - line_start;
                place = self.position..self.position;
                Some(self.value(line_start, &mut end, &mut place)?)
            }
            _ => return Err(self.line),
        };
        let extent = Extent { start: first_byte, value: place, next: self.position };
        Ok(Item { heading: Arc::clone(heading), name: text(&name), value, line, start, end, extent })
    }

    /// A value; `end` becomes the offset behind its last character on the line that starts at `line_start`, `place`
    /// its bytes in the file.
    fn value(&mut self, line_start: usize, end: &mut usize, place: &mut Range<usize>) -> Result<String, ErrorLine> {
        let mut value = Vec::new();
        let (mut quoted, mut comment, mut begun) = (false, false, false);
        // Length of the value without the blanks that it ends in so far.
        let mut kept = 0;
        loop {
            let before = self.position;
            let byte = self.next();
            match byte {
                b'\n' if quoted => return Err(self.line.saturating_sub(1)),
                b'\n' => {
                    value.truncate(kept);
                    return Ok(text(until_nul(&value)));
                }
                _ if comment => continue,
                _ if is_space(byte) && !quoted => {
                    if !value.is_empty() {
                        value.push(byte);
                    }
                    continue;
                }
                b'#' | b';' if !quoted => {
                    comment = true;
                    continue;
                }
                b'\\' => {
                    if let Some(escaped) = self.escape()? {
                        value.push(escaped);
                    }
                }
                b'"' => quoted = !quoted,
                _ => value.push(byte),
            }
            kept = value.len();
            if !begun {
                place.start = before;
                begun = true;
            }
            place.end = self.position;
            if self.line_start == line_start {
                *end = self.position - line_start;
            }
        }
    }

    /// What a backslash and the next character stand for; `None` for a line that goes on.
    fn escape(&mut self) -> Result<Option<u8>, ErrorLine> {
        match self.next() {
            b'\n' => Ok(None),
            b't' => Ok(Some(b'\t')),
            b'b' => Ok(Some(8)),
            b'n' => Ok(Some(b'\n')),
            byte @ (b'\\' | b'"') => Ok(Some(byte)),
            _ => Err(self.line),
        }
    }
}

/// The blanks of git's own character table.
fn is_space(byte: Byte) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_key(byte: Byte) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Git keeps values as C strings.
fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// `[section.subsection]`, the old way to write a subsection, all in lower case.
fn dotted(section: &[u8]) -> Heading {
    let section = text(section);
    match section.split_once('.') {
        Some((section, subsection)) => Heading { section: section.to_owned(), subsection: Some(subsection.to_owned()) },
        None => Heading { section, subsection: None },
    }
}

/// `[section "subsection"]`. Git joins all parts by dots, so that a dot in the section begins the subsection.
fn quoted(section: &[u8], subsection: &str) -> Heading {
    let Heading { section, subsection: first } = dotted(section);
    let subsection = first.map_or_else(|| subsection.to_owned(), |first| format!("{first}.{subsection}"));
    Heading { section, subsection: Some(subsection) }
}

#[cfg(test)]
mod tests;
