use serde::Serialize;

use crate::error::Error;

/// `value` as one indented JSON document.
///
/// # Errors
/// [`Error::Output`] if it cannot be written as JSON, which no value of the model can cause.
pub(crate) fn document(value: &impl Serialize) -> Result<String, Error> {
    let mut text =
        serde_json::to_string_pretty(value).map_err(|error| Error::Output(error.into()))?;
    text.push('\n');
    Ok(text)
}

/// `value` as JSON on one line.
///
/// # Errors
/// As [`document`].
pub(crate) fn line(value: &impl Serialize) -> Result<String, Error> {
    let mut text = serde_json::to_string(value).map_err(|error| Error::Output(error.into()))?;
    text.push('\n');
    Ok(text)
}
