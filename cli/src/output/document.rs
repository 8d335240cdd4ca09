use std::io;

use serde::Serialize;

use super::Format;
use crate::error::Error;

/// `value` as a document for programs; `None` in a format for people.
///
/// # Errors
/// [`Error::Output`] if it cannot be written in that format, which no value of the model can cause.
pub(crate) fn document(format: Format, value: &impl Serialize) -> Result<Option<String>, Error> {
    Ok(match format {
        Format::Table | Format::Wide => None,
        Format::Json => {
            let text = serde_json::to_string_pretty(value);
            Some(text.map_err(|error| Error::Output(error.into()))? + "\n")
        }
        Format::Yaml => Some(yaml(value)?),
    })
}

/// `value` as one of many: JSON on one line, YAML after `---`; `None` in a format for people.
///
/// # Errors
/// As [`document`].
pub(crate) fn one_of_many(format: Format, value: &impl Serialize) -> Result<Option<String>, Error> {
    Ok(match format {
        Format::Table | Format::Wide => None,
        Format::Json => {
            let text = serde_json::to_string(value);
            Some(text.map_err(|error| Error::Output(error.into()))? + "\n")
        }
        Format::Yaml => Some(format!("---\n{}", yaml(value)?)),
    })
}

fn yaml(value: &impl Serialize) -> Result<String, Error> {
    serde_saphyr::to_string(value).map_err(|error| Error::Output(io::Error::other(error)))
}
