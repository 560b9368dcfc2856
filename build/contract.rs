//! The contract as a JSON value whose every node still knows its line in `openapi.yaml`.

use std::collections::BTreeMap;
use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// What is wrong with the contract, where, and what to do about it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) line: Option<usize>,
    pub(crate) what: String,
    pub(crate) fix: String,
    /// What else helps in this repository, and not whoever builds with a contract of his own.
    pub(crate) fix_here: Option<&'static str>,
}

impl Problem {
    /// For whoever maintains this crate.
    pub(crate) fn or_here(mut self, fix: &'static str) -> Self {
        self.fix_here = Some(fix);
        self
    }

    /// For whoever wrote the contract at `path`.
    pub(crate) fn in_file(mut self, path: &str) -> String {
        self.fix_here = None;
        self.located_in(path)
    }

    fn located_in(&self, file: &str) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let here = self.fix_here.map(|fix| format!(", or {fix}"));
        let here = here.unwrap_or_default();
        format!("{file}{line}: {}. Fix: {}{here}.", self.what, self.fix)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.located_in("openapi.yaml"))
    }
}

/// The contract, and the line on which each of its nodes begins, by JSON pointer.
pub(crate) struct Contract {
    pub(crate) root: Value,
    lines: BTreeMap<String, usize>,
}

impl Contract {
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let mut reader = Reader {
            events: Parser::new_from_str(text),
            lines: BTreeMap::new(),
        };
        let mut documents = Vec::new();
        loop {
            match reader.next()? {
                (Event::DocumentStart(_), _) => {
                    let (event, span) = reader.next()?;
                    documents.push(reader.node(event, span, "")?);
                }
                (Event::StreamEnd, _) => break,
                _ => {}
            }
        }
        let found = documents.len();
        match documents.pop() {
            Some(root) if found == 1 => Ok(Self {
                root,
                lines: reader.lines,
            }),
            _ => Err(Problem {
                line: None,
                what: format!("found {found} YAML documents"),
                fix: "keep exactly one".into(),
                fix_here: None,
            }),
        }
    }

    /// A problem at the node that `pointer` names, or at its nearest ancestor with a known line.
    pub(crate) fn problem(
        &self,
        pointer: &str,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Problem {
        let mut at = pointer;
        let line = loop {
            if let Some(line) = self.lines.get(at) {
                break Some(*line);
            }
            match at.rfind('/') {
                Some(cut) => at = &at[..cut],
                None => break None,
            }
        };
        Problem {
            line,
            what: what.into(),
            fix: fix.into(),
            fix_here: None,
        }
    }
}

/// One step of a JSON pointer, escaped (RFC 6901).
pub(crate) fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The parser alone: what would build a tree of YAML nodes is five more crates in every user's build.
struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    lines: BTreeMap<String, usize>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        let end = || Ok((Event::StreamEnd, Span::default()));
        self.events
            .next()
            .unwrap_or_else(end)
            .map_err(|error| Problem {
                line: Some(error.marker().line()),
                what: format!("this is not valid YAML: {error}"),
                fix: "correct the indentation or the quoting at this line".into(),
                fix_here: None,
            })
    }

    /// The node that begins with `event`, whose JSON pointer is `pointer`.
    fn node(&mut self, event: Event<'a>, span: Span, pointer: &str) -> Result<Value, Problem> {
        let line = span.start.line();
        self.lines.insert(pointer.to_owned(), line);
        match event {
            Event::Scalar(text, style, _, None) => {
                scalar(&text, style).ok_or_else(|| unusual(line, "this number is not finite"))
            }
            Event::SequenceStart(_, None) => {
                let mut array = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => return Ok(Value::Array(array)),
                        (event, span) => {
                            let child = format!("{pointer}/{}", array.len());
                            array.push(self.node(event, span, &child)?);
                        }
                    }
                }
            }
            Event::MappingStart(_, None) => {
                let mut object = Map::new();
                loop {
                    match self.next()? {
                        (Event::MappingEnd, _) => return Ok(Value::Object(object)),
                        (event, span) => self.entry(event, span, pointer, &mut object)?,
                    }
                }
            }
            _ => Err(unusual(line, "a YAML alias or tag is not understood here")),
        }
    }

    fn entry(
        &mut self,
        key: Event<'a>,
        span: Span,
        pointer: &str,
        object: &mut Map<String, Value>,
    ) -> Result<(), Problem> {
        let line = span.start.line();
        let Event::Scalar(text, style, _, None) = key else {
            return Err(unusual(line, "a key of this mapping is not a scalar"));
        };
        let key = match scalar(&text, style) {
            Some(Value::String(key)) => key,
            // `200:` without quotes is a number in YAML, and a text in JSON.
            Some(Value::Number(number)) if number.is_i64() => number.to_string(),
            _ => return Err(unusual(line, "a key of this mapping is not a string")),
        };
        let child = format!("{pointer}/{}", step(&key));
        let (event, span) = self.next()?;
        let value = self.node(event, span, &child)?;
        // A value that is a block begins a line below its key: people look for the key.
        self.lines.insert(child, line);
        match object.entry(key) {
            Entry::Vacant(place) => {
                place.insert(value);
                Ok(())
            }
            Entry::Occupied(place) => Err(Problem {
                line: Some(line),
                what: format!("the key `{}` is in this mapping twice", place.key()),
                fix: "remove or rename one of the two keys".into(),
                fix_here: None,
            }),
        }
    }
}

fn unusual(line: usize, what: &str) -> Problem {
    Problem {
        line: Some(line),
        what: what.to_owned(),
        fix: "write it in plain YAML that JSON could hold as well".into(),
        fix_here: None,
    }
}

/// YAML's core schema, but for octal and hexadecimal numbers, which stay text. `None` is a number that JSON
/// has no word for.
fn scalar(text: &str, style: ScalarStyle) -> Option<Value> {
    if style != ScalarStyle::Plain {
        return Some(text.into());
    }
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if NOT_FINITE.contains(&text.trim_start_matches(['+', '-'])) => return None,
        // Without a digit it is a word, though `f64` would read `inf` and `nan`.
        _ if text.contains(|letter: char| letter.is_ascii_digit()) => {
            match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(whole), _) => whole.into(),
                (_, Ok(fraction)) => Value::Number(Number::from_f64(fraction)?),
                _ => text.into(),
            }
        }
        _ => text.into(),
    })
}

const NOT_FINITE: [&str; 6] = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"];
