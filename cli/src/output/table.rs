use comfy_table::presets::NOTHING;

/// Cells in aligned columns, without borders, and without colours.
///
/// Lines are as long as they need to be: cutting them to the terminal would hide what `grep` looks for.
pub(crate) struct Table(comfy_table::Table);

impl Table {
    /// A table whose columns have these titles.
    pub(crate) fn with_header<'a>(titles: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Self::without_header();
        table.0.set_header(titles.into_iter().collect::<Vec<_>>());
        table
    }

    /// A table of names and values.
    pub(crate) fn without_header() -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING);
        Self(table)
    }

    /// Adds a line. An empty cell is shown as `-`, so that every line has as many words as columns.
    pub(crate) fn row<I: IntoIterator<Item: Into<String>>>(&mut self, cells: I) {
        self.0.add_row(cells.into_iter().map(|cell| {
            let cell = cell.into();
            if cell.is_empty() {
                "-".to_owned()
            } else {
                printable(&cell)
            }
        }));
    }

    /// The lines, each with its end.
    pub(crate) fn render(mut self) -> String {
        for column in self.0.column_iter_mut() {
            column.set_padding((0, 3));
        }
        let mut text = self.0.trim_fmt();
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// `text` with its control characters escaped.
///
/// What a peer says of itself, as in a NOTIFICATION, ends up in tables: it must not move the cursor.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let plain = escaped.is_none().then_some(c);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::with_header(["NAME", "AS"]);
        table.row(["tor1", "64513"]);
        table.row(["a-longer-name", ""]);
        assert_eq!(
            table.render(),
            "NAME            AS\ntor1            64513\na-longer-name   -\n"
        );
    }

    #[test]
    fn a_peer_cannot_write_control_characters_to_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc\u{e9}"), "a\\u{1b}[2Jb\\nc\u{e9}");
    }
}
