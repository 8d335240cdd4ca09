//! What announcing, withdrawing and replacing have in common.

use bellwether_proto::v1;

use super::attributes::words;
use crate::args::{Change, OnExpiry};
use crate::error::Error;
use crate::model::{Applied, RouteAttributes, RouteDifference};
use crate::output::{self, Cell, Format, Screen, Table, Tone};

/// At most this many routes are one request, so that it stays below the speaker's 4 MiB: room for 400
/// bytes of text a route.
pub(super) const ROUTES_A_REQUEST: usize = 10_000;

/// The lease that the owner is given; `None`: it keeps the one it has.
///
/// # Errors
/// [`Error::Usage`] for a time that is no protocol duration.
pub(super) fn lease(change: &Change) -> Result<Option<v1::Lease>, Error> {
    let Some(ttl) = change.lease else {
        return Ok(None);
    };
    let ttl = prost_types::Duration::try_from(*ttl)
        .map_err(|_| Error::Usage(format!("--lease {ttl}: too long")))?;
    let on_expiry = match change.on_expiry {
        None => v1::ExpiryAction::Unspecified,
        Some(OnExpiry::Deprefer) => v1::ExpiryAction::Deprefer,
        Some(OnExpiry::Withdraw) => v1::ExpiryAction::Withdraw,
        Some(OnExpiry::Keep) => v1::ExpiryAction::Keep,
    };
    Ok(Some(v1::Lease {
        ttl: Some(ttl),
        on_expiry: on_expiry.into(),
    }))
}

/// An answer to a change of an owner's set: an older generation than expected is an error of its own.
///
/// # Errors
/// `result`'s, with [`Error::NotAsExpected`] for a generation that is not the expected one.
pub(super) fn expected<T>(change: &Change, result: Result<T, Error>) -> Result<T, Error> {
    match result {
        Err(Error::Refused {
            code: tonic::Code::FailedPrecondition,
            message,
        }) if change.expect_generation.is_some() => Err(Error::NotAsExpected(message)),
        other => other,
    }
}

/// Shows what was done in words, or what would be done as the difference.
pub(super) fn show(
    format: Format,
    change: &Change,
    applied: &Applied,
    sentence: impl FnOnce(&Applied) -> String,
) -> Result<(), Error> {
    let Change { owner, dry_run, .. } = change;
    output::show(format, applied, |screen| match dry_run {
        true => difference(applied, owner, screen),
        false => {
            let generation = applied.generation;
            let done = sentence(applied);
            format!("{done} (owner {owner}, generation {generation})\n")
        }
    })
}

fn difference(applied: &Applied, owner: &str, screen: Screen) -> String {
    let Applied {
        generation,
        added,
        changed,
        removed,
        unchanged,
        differences,
        differences_left_off,
    } = applied;
    let mut table = Table::without_header();
    for RouteDifference {
        prefix,
        before,
        after,
    } in differences
    {
        for (sign, attributes, tone) in [("-", before, Tone::Bad), ("+", after, Tone::Good)] {
            if let Some(attributes) = attributes {
                let text = format!("{sign} {prefix} {}", words(attributes));
                table.row([Cell::toned(text.trim_end(), tone)]);
            }
        }
    }
    let mut text = table.render(Screen {
        // A line of a difference is one line, also where it is long.
        width: None,
        ..screen
    });
    if *differences_left_off != 0 {
        text.push_str(&format!("  and {differences_left_off} more\n"));
    }
    text.push_str(&format!(
        "dry run: {added} to announce, {changed} to change, {removed} to withdraw, {unchanged} unchanged \
         (owner {owner}, generation {generation})\n"
    ));
    text
}

/// `prefixes` with `attributes`, in front of the routes of the file, if one is given.
///
/// # Errors
/// What is wrong with the file.
pub(super) fn routes(
    prefixes: &[crate::prefix::Prefix],
    file: &crate::args::File,
    attributes: &RouteAttributes,
) -> Result<Vec<crate::model::Route>, Error> {
    let given = prefixes.iter().map(|prefix| crate::model::Route {
        prefix: prefix.to_string(),
        attributes: attributes.clone(),
    });
    let mut routes: Vec<_> = given.collect();
    if let Some(path) = &file.file {
        routes.extend(crate::input::read(path, attributes)?);
    }
    if routes.is_empty() {
        return Err(Error::Usage(
            "there is no route in the file; to withdraw all, say `bellctl replace --none`"
                .to_owned(),
        ));
    }
    Ok(routes)
}
