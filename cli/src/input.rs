//! Routes as files have them: lines of text for people, or the JSON that bellctl prints.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;

use serde_json::Value;
use thiserror::Error as ThisError;

use crate::error::Error;
use crate::model::{Route, RouteAttributes};
use crate::prefix::Prefix;

/// All that is wrong with a file, or the first twenty things of it.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub(crate) struct InputErrors {
    problems: Vec<String>,
    left_off: usize,
}

/// More than this is the wrong file, not a mistake in the right one.
const PROBLEMS_SHOWN: usize = 20;

impl fmt::Display for InputErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n  "))?;
        match self.left_off {
            0 => Ok(()),
            left_off => write!(f, "\n  and {left_off} more"),
        }
    }
}

/// The routes of the file at `path`, `-` for standard input, with `defaults` for what they do not say.
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::Input`] with what is wrong with it.
pub(crate) fn read(path: &Path, defaults: &RouteAttributes) -> Result<Vec<Route>, Error> {
    let name = path.display().to_string();
    let text = match name.as_str() {
        "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        }
        _ => fs::read_to_string(path),
    };
    let text = text.map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })?;
    let name = if name == "-" { "standard input" } else { &name };
    Ok(parse(name, &text, defaults)?)
}

fn parse(name: &str, text: &str, defaults: &RouteAttributes) -> Result<Vec<Route>, InputErrors> {
    let parsed = match text.trim_start().starts_with(['[', '{']) {
        true => parse_json(text, defaults),
        false => parse_lines(text, defaults),
    };
    let mut problems = vec![];
    let mut routes = vec![];
    for (place, route) in parsed {
        match route {
            Ok(route) => routes.push(route),
            Err(why) => problems.push(format!("{name}{place}: {why}")),
        }
    }
    if problems.is_empty() {
        return Ok(routes);
    }
    let left_off = problems.len().saturating_sub(PROBLEMS_SHOWN);
    problems.truncate(PROBLEMS_SHOWN);
    Err(InputErrors { problems, left_off })
}

/// Where in the file, as it is written after the file's name; and what is there, or what is wrong.
type Parsed = (String, Result<Route, String>);

fn parse_lines(text: &str, defaults: &RouteAttributes) -> Vec<Parsed> {
    let without_comment =
        |line: &'_ str| line.split('#').next().unwrap_or_default().trim().to_owned();
    text.lines()
        .map(without_comment)
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| (format!(":{}", index + 1), parse_line(&line, defaults)))
        .collect()
}

fn parse_line(line: &str, defaults: &RouteAttributes) -> Result<Route, String> {
    let mut words = line.split_whitespace();
    let prefix = checked_prefix(words.next().unwrap_or_default())?;
    let mut attributes = defaults.clone();
    for word in words {
        let (key, value) = word
            .split_once('=')
            .ok_or_else(|| format!("{word}: attributes are written as KEY=VALUE"))?;
        let list = || value.split(',').map(str::to_owned).collect();
        match key {
            "community" => attributes.communities = list(),
            "large-community" => attributes.large_communities = list(),
            "local-pref" => attributes.local_pref = Some(number(key, value)?),
            "med" => attributes.med = Some(number(key, value)?),
            "prepend" => attributes.prepend = number(key, value)?,
            "next-hop" => attributes.next_hop = Some(value.to_owned()),
            _ => {
                return Err(format!(
                    "{key}: no such attribute (there are community, large-community, local-pref, med, prepend, next-hop)"
                ));
            }
        }
    }
    Ok(Route { prefix, attributes })
}

fn number(key: &str, value: &str) -> Result<u32, String> {
    u32::from_str(value).map_err(|_| format!("{key}={value}: not a number of 0 to {}", u32::MAX))
}

fn parse_json(text: &str, defaults: &RouteAttributes) -> Vec<Parsed> {
    let values = match serde_json::from_str(text) {
        Ok(Value::Array(values)) => values,
        Ok(value) => vec![value],
        Err(error) => return vec![(String::new(), Err(error.to_string()))],
    };
    let place = |index| format!("[{index}]");
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| (place(index), parse_value(value, defaults)))
        .collect()
}

/// A message Route, or a message RouteState, of which only the route counts.
fn parse_value(mut value: Value, defaults: &RouteAttributes) -> Result<Route, String> {
    let inner = value.get_mut("route").map(Value::take);
    let mut value = inner.unwrap_or(value);
    if let Some(object) = value.as_object_mut()
        && !object.contains_key("attributes")
    {
        let defaults = serde_json::to_value(defaults).map_err(|error| error.to_string())?;
        object.insert("attributes".to_owned(), defaults);
    }
    let mut route: Route = serde_json::from_value(value).map_err(|error| error.to_string())?;
    route.prefix = checked_prefix(&route.prefix)?;
    Ok(route)
}

fn checked_prefix(text: &str) -> Result<String, String> {
    match Prefix::from_str(text) {
        Ok(prefix) => Ok(prefix.to_string()),
        Err(error) => Err(format!("{text}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Route>, InputErrors> {
        let defaults = RouteAttributes {
            med: Some(7),
            communities: vec!["64512:1".to_owned()],
            ..RouteAttributes::default()
        };
        parse("routes.txt", text, &defaults)
    }

    #[test]
    fn a_line_is_a_prefix_and_what_it_says_counts_before_the_options() {
        let routes = parsed(
            "# all of it\n\n192.0.2.10/32 med=50 community=64512:2,no-export next-hop=192.0.2.1 # one\n\
             2001:db8::10/128 large-community=64512:1:2 local-pref=200 prepend=1\n",
        );
        let [first, second] = routes.unwrap().try_into().unwrap();
        assert_eq!(first.prefix, "192.0.2.10/32");
        assert_eq!(first.attributes.med, Some(50));
        assert_eq!(first.attributes.communities, ["64512:2", "no-export"]);
        assert_eq!(first.attributes.next_hop.as_deref(), Some("192.0.2.1"));
        assert_eq!(second.attributes.med, Some(7));
        assert_eq!(second.attributes.communities, ["64512:1"]);
        assert_eq!(second.attributes.large_communities, ["64512:1:2"]);
        assert_eq!(second.attributes.local_pref, Some(200));
        assert_eq!(second.attributes.prepend, 1);
    }

    #[test]
    fn every_wrong_line_is_named() {
        let error = parsed("10.0.0.1/24\n192.0.2.1/32\n192.0.2.2/32 mod=1\n192.0.2.3/32 med=x\n");
        let text = error.unwrap_err().to_string();
        assert!(
            text.contains("routes.txt:1: 10.0.0.1/24: host bits"),
            "{text}"
        );
        assert!(
            text.contains("routes.txt:3: mod: no such attribute"),
            "{text}"
        );
        assert!(text.contains("routes.txt:4: med=x: not a number"), "{text}");
    }

    #[test]
    fn of_the_wrong_file_only_the_first_lines_are_named() {
        let error = parsed(&"nonsense\n".repeat(25)).unwrap_err().to_string();
        assert!(error.ends_with("and 5 more"), "{error}");
        assert_eq!(error.lines().count(), 21);
    }

    #[test]
    fn what_routes_prints_can_be_read_back() {
        let routes = parsed(
            r#"[{"route": {"prefix": "192.0.2.1/32", "attributes": {"communities": [], "large_communities": [],
                "local_pref": null, "med": 3, "prepend": 0, "next_hop": null}}, "owners": ["cli"]},
               {"prefix": "192.0.2.2/32"}]"#,
        );
        let [first, second] = routes.unwrap().try_into().unwrap();
        assert_eq!(
            (first.prefix.as_str(), first.attributes.med),
            ("192.0.2.1/32", Some(3))
        );
        assert_eq!(
            (second.prefix.as_str(), second.attributes.med),
            ("192.0.2.2/32", Some(7))
        );
    }

    #[test]
    fn a_misspelt_field_of_json_is_named_with_its_index() {
        let error = parsed(r#"[{"prefix": "192.0.2.1/32", "attributes": {"mad": 3}}]"#);
        let text = error.unwrap_err().to_string();
        assert!(
            text.starts_with("routes.txt[0]: unknown field `mad`"),
            "{text}"
        );
    }
}
