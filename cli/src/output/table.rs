use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Color, ColumnConstraint, ContentArrangement, Width};

use super::Screen;

/// Between two columns.
const GAP: u16 = 3;

/// A column of sentences is at least this wide, so that it does not become a tower of words.
const NARROWEST_TEXT: u16 = 24;

/// Cells in aligned columns, without borders.
///
/// On a terminal, a column whose cells have several words is wrapped so that the table fits, and where that
/// is not enough, the columns that are [expendable](Self::expendable) are left out. What is one word, as an
/// address, is never broken: it is to be copied. Anywhere else lines are as long as they need to be: `grep`
/// looks for what would have been cut.
pub(crate) struct Table {
    table: comfy_table::Table,
    columns: Vec<Column>,
    expendable: &'static [&'static str],
}

/// What is known of a column before it is drawn.
#[derive(Clone, Debug, Default)]
struct Column {
    title: String,
    /// That of its longest cell.
    width: usize,
    /// It has a cell of several words.
    wraps: bool,
    hidden: bool,
}

impl Column {
    /// The least that it takes of a line.
    fn least_width(&self) -> usize {
        match (self.hidden, self.wraps) {
            (true, _) => 0,
            (false, true) => self.width.min(usize::from(NARROWEST_TEXT)) + usize::from(GAP),
            (false, false) => self.width + usize::from(GAP),
        }
    }
}

/// What is shown in one place of a [`Table`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

/// What a colour says, where there are colours; the words say it as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    Good,
    /// Under way, or wanted by an operator.
    Warning,
    Bad,
}

impl Cell {
    /// `text` in the colour of `tone`.
    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self {
            text: text.into(),
            tone,
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl Table {
    /// A table whose columns have these titles.
    pub(crate) fn with_header<'a>(titles: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Self::without_header();
        let bold = |title: &str| comfy_table::Cell::new(title).add_attribute(Attribute::Bold);
        let titles: Vec<_> = titles.into_iter().collect();
        table.columns = titles.iter().map(|title| column(title)).collect();
        let cells: Vec<_> = titles.into_iter().map(bold).collect();
        table.table.set_header(cells);
        table
    }

    /// A table of names and values.
    pub(crate) fn without_header() -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING);
        Self {
            table,
            columns: vec![],
            expendable: &[],
        }
    }

    /// Says which columns, by their titles, a narrow terminal can do without; the first goes first.
    pub(crate) fn expendable(mut self, titles: &'static [&'static str]) -> Self {
        self.expendable = titles;
        self
    }

    /// Adds a line. An empty cell is shown as `-`, so that every line has as many words as columns.
    pub(crate) fn row<I: IntoIterator<Item: Into<Cell>>>(&mut self, cells: I) {
        let cells: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        let count = self.columns.len().max(cells.len());
        self.columns.resize(count, Column::default());
        for (column, cell) in self.columns.iter_mut().zip(&cells) {
            column.width = column.width.max(cell.text.chars().count());
            column.wraps |= cell.text.contains(' ');
        }
        self.table.add_row(cells.into_iter().map(styled));
    }

    /// Hides expendable columns until the others fit into `width`.
    fn hide_beyond(&mut self, width: usize) {
        for title in self.expendable {
            let least: usize = self.columns.iter().map(Column::least_width).sum();
            // Nothing is drawn behind the last column.
            if least <= width + usize::from(GAP) {
                return;
            }
            for column in &mut self.columns {
                column.hidden |= column.title == *title;
            }
        }
    }

    /// The lines, each with its end, as `screen` can show them.
    pub(crate) fn render(mut self, screen: Screen) -> String {
        if let Some(width) = screen.width {
            self.hide_beyond(usize::from(width));
        }
        for (drawn, column) in self.table.column_iter_mut().zip(&self.columns) {
            drawn.set_padding((0, GAP));
            drawn.set_constraint(match (column.hidden, column.wraps) {
                (true, _) => ColumnConstraint::Hidden,
                (false, true) => ColumnConstraint::LowerBoundary(Width::Fixed(NARROWEST_TEXT)),
                (false, false) => ColumnConstraint::ContentWidth,
            });
        }
        self.table.force_no_tty();
        if screen.colour {
            self.table.enforce_styling();
        }
        if let Some(width) = screen.width {
            self.table
                .set_width(width)
                .set_content_arrangement(ContentArrangement::Dynamic);
        }
        let mut text = self.table.trim_fmt();
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

fn column(title: &str) -> Column {
    Column {
        title: title.to_owned(),
        width: title.chars().count(),
        ..Column::default()
    }
}

fn styled(Cell { text, tone }: Cell) -> comfy_table::Cell {
    if text.is_empty() {
        return comfy_table::Cell::new("-");
    }
    let cell = comfy_table::Cell::new(printable(&text));
    match tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::Green),
        Tone::Warning => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
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

    fn peers() -> Table {
        let mut table = Table::with_header(["NAME", "STATE", "LAST ERROR"]);
        table.row([
            Cell::from("tor1"),
            Cell::toned("Established", Tone::Good),
            Cell::default(),
        ]);
        table.row([
            Cell::from("a-longer-name"),
            Cell::toned("Active", Tone::Bad),
            Cell::from("cannot connect: Connection refused (4s ago)"),
        ]);
        table
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::with_header(["NAME", "AS"]);
        table.row(["tor1", "64513"]);
        table.row(["a-longer-name", ""]);
        assert_eq!(
            table.render(Screen::PLAIN),
            "NAME            AS\ntor1            64513\na-longer-name   -\n"
        );
    }

    #[test]
    fn sentences_are_wrapped_to_the_terminal_and_words_are_not() {
        let screen = Screen {
            width: Some(64),
            colour: false,
        };
        let text = peers().render(screen);
        assert!(
            text.lines().all(|line| line.chars().count() <= 64),
            "{text}"
        );
        assert!(text.contains("a-longer-name   Active "), "{text}");
        assert!(!text.contains("Connection refused (4s ago)"), "{text}");
    }

    #[test]
    fn where_it_cannot_fit_sentences_keep_a_readable_width() {
        let screen = Screen {
            width: Some(20),
            colour: false,
        };
        let text = peers().render(screen);
        assert!(text.contains("a-longer-name   Active "), "{text}");
        assert!(text.contains("cannot connect:"), "{text}");
    }

    #[test]
    fn a_narrow_terminal_does_without_what_is_expendable() {
        let screen = Screen {
            width: Some(46),
            colour: false,
        };
        let text = peers().expendable(&["STATE", "NAME"]).render(screen);
        assert!(text.starts_with("NAME            LAST ERROR\n"), "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 46),
            "{text}"
        );
    }

    #[test]
    fn without_a_terminal_no_line_is_broken() {
        let text = peers().render(Screen::PLAIN);
        assert!(text.contains("Connection refused (4s ago)\n"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn colours_come_only_where_they_are_welcome() {
        let screen = Screen {
            width: None,
            colour: true,
        };
        assert!(peers().render(screen).contains("\u{1b}["));
    }

    #[test]
    fn a_peer_cannot_write_control_characters_to_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc\u{e9}"), "a\\u{1b}[2Jb\\nc\u{e9}");
    }
}
