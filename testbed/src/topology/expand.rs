//! Variables in a topology file: `$X`, `${X}`, `${X:-default}`; `$$` stands for `$`.
//!
//! As in containerlab, the whole text is expanded before it is read as YAML, and what is not set
//! (or is no name, such as `$1` or `$(`) stays as it is written.

/// Expands the variables of `text`. A value does not change the number of lines unless it holds
/// line ends itself.
pub(super) fn expand(text: &str, variables: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            expanded.push('$');
            rest = after;
        } else if let Some((value, after)) = variable(after, &variables) {
            expanded.push_str(&value);
            rest = after;
        } else {
            expanded.push('$');
            rest = after;
        }
    }
    expanded.push_str(rest);
    expanded
}

/// The value of the variable that `text` (behind a `$`) begins with, and what follows it.
fn variable(text: &str, variables: impl Fn(&str) -> Option<String>) -> Option<(String, &str)> {
    if let Some(braced) = text.strip_prefix('{') {
        let (inside, after) = braced.split_once('}')?;
        let (name, default) = match inside.split_once(":-").or_else(|| inside.split_once(":=")) {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let set = variables(name).filter(|value| default.is_none() || !value.is_empty());
        return Some((set.or_else(|| default.map(str::to_owned))?, after));
    }
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (name, after) = text.split_at_checked(end)?;
    Some((variables(name)?, after))
}

#[cfg(test)]
mod tests {
    use super::expand;

    fn expanded(text: &str) -> String {
        expand(text, |name| match name {
            "TAG" => Some("v1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
    }

    #[test]
    fn names_and_braced_names_are_replaced() {
        assert_eq!(expanded("image:$TAG, ${TAG}x $TAG"), "image:v1, v1x v1");
    }

    #[test]
    fn what_is_not_set_stays() {
        assert_eq!(
            expanded("$NOT_SET ${NOT_SET} $1 $( $"),
            "$NOT_SET ${NOT_SET} $1 $( $"
        );
    }

    #[test]
    fn a_default_stands_in_for_unset_and_empty() {
        assert_eq!(expanded("${NOT_SET:-a} ${EMPTY:=b} ${TAG:-c}"), "a b v1");
    }

    #[test]
    fn two_dollars_are_one_for_the_shell() {
        assert_eq!(
            expanded("sh -c 'echo $$TAG $$$TAG'"),
            "sh -c 'echo $TAG $v1'"
        );
    }
}
