//! YAML as a tree in which every value knows its line. Scalars keep their spelling: `1.10` stays
//! `1.10`.

use std::collections::BTreeMap;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};

use super::problem::Problem;

/// A value and the line it begins on.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) line: usize,
    pub(super) content: Content,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Null,
    Scalar(String),
    Sequence(Vec<Value>),
    Mapping(Vec<Entry>),
}

/// One key of a mapping. Keys of one mapping differ.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: Value,
}

/// Reads the one document of `text`; nothing at all is null.
pub(super) fn read(text: &str) -> Result<Value, Problem> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
    };
    let mut document = None;
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(..) if document.is_some() => {
                return Err(fault(span.start.line(), "a topology is one document"));
            }
            Event::DocumentStart(..) => {}
            node => document = Some(reader.value(node, span)?),
        }
    }
    Ok(document.unwrap_or(Value {
        line: 1,
        content: Content::Null,
    }))
}

struct Reader<P> {
    events: P,
    anchors: BTreeMap<usize, Value>,
}

impl<'a, P, E> Reader<P>
where
    P: Iterator<Item = Result<(Event<'a>, Span), E>>,
    E: std::fmt::Display,
{
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Problem> {
        loop {
            match self.events.next().transpose() {
                Ok(Some((Event::Comment(..), _))) => {}
                Ok(event) => return Ok(event),
                Err(error) => return Err(fault(0, &format!("is not YAML: {error}"))),
            }
        }
    }

    fn expect(&mut self) -> Result<(Event<'a>, Span), Problem> {
        self.next()?
            .ok_or_else(|| fault(0, "ends in the middle of a value"))
    }

    fn value(&mut self, event: Event<'a>, span: Span) -> Result<Value, Problem> {
        let line = span.start.line();
        let (content, anchor) = match event {
            Event::Scalar(text, ScalarStyle::Plain, anchor, _) if is_null(&text) => {
                (Content::Null, anchor)
            }
            Event::Scalar(text, _, anchor, _) => (Content::Scalar(text.into_owned()), anchor),
            Event::SequenceStart(_, anchor, _) => (self.sequence()?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping()?, anchor),
            Event::Alias(anchor) => {
                let target = self.anchors.get(&anchor).map(|value| value.content.clone());
                (
                    target.ok_or_else(|| fault(line, "an alias without its anchor"))?,
                    0,
                )
            }
            _ => return Err(fault(line, "a value is expected here")),
        };
        let value = Value { line, content };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self) -> Result<Content, Problem> {
        let mut values = Vec::new();
        loop {
            match self.expect()? {
                (Event::SequenceEnd, _) => return Ok(Content::Sequence(values)),
                (event, span) => values.push(self.value(event, span)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Content, Problem> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (line, key) = match self.expect()? {
                (Event::MappingEnd, _) => return Ok(Content::Mapping(entries)),
                (Event::Scalar(key, ..), span) => (span.start.line(), key.into_owned()),
                (_, span) => return Err(fault(span.start.line(), "a key is one plain word")),
            };
            if let Some(first) = entries.iter().find(|entry| entry.key == key) {
                let message = format!("the key `{key}` stands on line {} already", first.line);
                return Err(fault(line, &message));
            }
            let (event, span) = self.expect()?;
            let value = self.value(event, span)?;
            entries.push(Entry { line, key, value });
        }
    }
}

/// <https://yaml.org/spec/1.2.2/#1032-tag-resolution>, the core schema's spellings of null.
fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

fn fault(line: usize, message: &str) -> Problem {
    Problem {
        line,
        key: String::new(),
        message: message.to_owned(),
    }
}
