//! The line of a field in a YAML document.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A step from a value to one inside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A mapping's key.
    Key(String),
    /// A sequence's index, from 0.
    Index(usize),
}

/// The line, from 1, of the value at a path, or, where there is none, of the nearest one around it.
pub(super) fn line(text: &str, path: &[Step]) -> Option<usize> {
    (0..=path.len())
        .rev()
        .find_map(|depth| exact_line(text, path.get(..depth)?))
}

fn exact_line(text: &str, path: &[Step]) -> Option<usize> {
    let line = serde_saphyr::with_deserializer_from_str(text, |de| Seek(path).deserialize(de));
    line.ok()
        .flatten()
        .and_then(|line| usize::try_from(line).ok())
        .filter(|line| *line > 0)
}

/// Descends along a path and yields the line of the value at its end.
struct Seek<'p>(&'p [Step]);

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = Option<u64>;

    fn deserialize<D: Deserializer<'de>>(self, de: D) -> Result<Self::Value, D::Error> {
        match self.0 {
            [] => {
                let found = <Spanned<IgnoredAny> as serde::Deserialize>::deserialize(de)?;
                Ok(Some(found.referenced.line()))
            }
            [..] => de.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping or a sequence")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            match self.0 {
                [Step::Key(step), rest @ ..] if *step == key => {
                    found = map.next_value_seed(Seek(rest))?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let (step, rest) = match self.0 {
            [Step::Index(step), rest @ ..] => (Some(*step), rest),
            _ => (None, self.0),
        };
        let mut found = None;
        for index in 0.. {
            let element = if Some(index) == step {
                seq.next_element_seed(Seek(rest))?.map(|line| found = line)
            } else {
                seq.next_element::<IgnoredAny>()?.map(drop)
            };
            if element.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "kind: X\nspec:\n  list:\n  - a\n  - b: 1\n    c: 2\n";

    fn key(key: &str) -> Step {
        Step::Key(key.to_owned())
    }

    #[test]
    fn a_nested_value_has_its_own_line() {
        assert_eq!(
            line(TEXT, &[key("spec"), key("list"), Step::Index(1), key("c")]),
            Some(6)
        );
    }

    #[test]
    fn an_absent_value_has_the_line_of_what_is_around_it() {
        assert_eq!(
            line(TEXT, &[key("spec"), key("list"), Step::Index(1), key("d")]),
            Some(5)
        );
    }

    #[test]
    fn a_document_that_cannot_be_parsed_has_none() {
        assert_eq!(line("a: [", &[key("a")]), None);
    }
}
