//! Tables of text: the layers, Table I, the confusion matrix, the misread digits. Columns are aligned for a
//! fixed-width font; every line ends in a line feed and none in a space.
//!
//! ```
//! use lenet::report::table;
//!
//! assert_eq!(table::grouped(340_908), "340,908");
//! assert_eq!(table::table_i().lines().count(), 7); // a heading and the six maps of S2
//! ```

use crate::eval::{Misread, Paired};
use crate::net::LayerFacts;
use crate::paper::TABLE_I;

/// A whole number with a comma after every three digits, as the paper writes them.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The table of layers with its totals; see [`crate::net::LeNet5::facts`].
pub fn facts(layers: &[LayerFacts]) -> String {
    let row = |name: &str, kind: &str, maps: &str, size: &str, counts: [String; 3]| {
        let [parameters, connections, multiply_adds] = counts;
        format!(
            "{name:<8}{kind:<27}{maps:>4}  {size:>5}{parameters:>12}{connections:>13}{multiply_adds:>15}\n"
        )
    };
    let headings = ["parameters", "connections", "multiply-adds"].map(str::to_string);
    let mut text = row("layer", "kind", "maps", "size", headings);
    let mut totals = [0; 3];
    for layer in layers {
        let counts = [layer.parameters, layer.connections, layer.multiply_adds];
        totals = std::array::from_fn(|k| totals[k] + counts[k]);
        let size = format!("{0}x{0}", layer.side);
        text += &row(layer.name, layer.kind, &layer.maps.to_string(), &size, counts.map(grouped));
    }
    text + &row("total", "", "", "", totals.map(grouped))
}

/// Networks next to each other: each with its name and its layers, a line for the totals of each.
pub fn totals(networks: &[(&str, Vec<LayerFacts>)]) -> String {
    let row = |name: &str, counts: [String; 3]| {
        let [parameters, connections, multiply_adds] = counts;
        format!("{name:<14}{parameters:>12}{connections:>13}{multiply_adds:>15}\n")
    };
    let headings = ["parameters", "connections", "multiply-adds"].map(str::to_string);
    let rows = networks.iter().map(|(name, layers)| {
        let sum = |count: fn(&LayerFacts) -> usize| grouped(layers.iter().map(count).sum());
        row(name, [sum(|l| l.parameters), sum(|l| l.connections), sum(|l| l.multiply_adds)])
    });
    row("network", headings) + &rows.collect::<String>()
}

/// Table I as page 8 prints it: a column for each map of C3, a row for each map of S2, X for a connection.
pub fn table_i() -> String {
    connections(&TABLE_I)
}

/// A table of connections in that form: `table[o]` lists the input maps of output map `o`.
pub fn connections<T: AsRef<[usize]>>(table: &[T]) -> String {
    let mut text = format!("  {}\n", (0..table.len()).map(|o| format!("{o:>3}")).collect::<String>());
    let inputs = table.iter().flat_map(|maps| maps.as_ref().iter().copied()).max().map_or(0, |last| last + 1);
    for i in 0..inputs {
        let marks: String =
            table.iter().map(|maps| if maps.as_ref().contains(&i) { "  X" } else { "   " }).collect();
        text += format!("{i:>2}{marks}").trim_end();
        text.push('\n');
    }
    text
}

/// What stands in a cell of [`confusion`], for whoever paints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A class at the top or at the side.
    Heading,
    /// Digits read right: the diagonal.
    Right,
    /// Nothing.
    Zero,
    /// Digits misread.
    Wrong,
}

/// Paints nothing: [`confusion`] for files and pipes.
pub fn plain(_cell: Cell, text: &str) -> String {
    text.to_string()
}

/// The confusion matrix: a row for each true class, a column for each answer, a dot for zero.
///
/// `paint` gets every cell's text, padding not included, and returns it with whatever colour codes it likes.
pub fn confusion(counts: &[[usize; 10]; 10], paint: impl Fn(Cell, &str) -> String) -> String {
    let widest = counts.as_flattened().iter().max().map_or(1, |count| count.to_string().len());
    let width = widest.max(3) + 2;
    let cell = |kind, text: &str, width: usize| {
        let padding = " ".repeat(width.saturating_sub(text.len()));
        padding + &paint(kind, text)
    };
    let mut text = format!("{:>5}", "");
    for class in 0..10 {
        text += &cell(Cell::Heading, &class.to_string(), width);
    }
    text.push('\n');
    for (truth, row) in counts.iter().enumerate() {
        text += &cell(Cell::Heading, &truth.to_string(), 5);
        for (answer, &count) in row.iter().enumerate() {
            let kind = match (truth == answer, count) {
                (true, _) => Cell::Right,
                (false, 0) => Cell::Zero,
                (false, _) => Cell::Wrong,
            };
            let count = if kind == Cell::Zero { ".".to_string() } else { count.to_string() };
            text += &cell(kind, &count, width);
        }
        text.push('\n');
    }
    text
}

/// The digits of a comparison by who reads them right: a row each for A right and wrong, a column each for B.
pub fn paired(paired: &Paired) -> String {
    let row = |heading: &str, cells: [&str; 2]| format!("{heading:<10}{:>10}{:>10}\n", cells[0], cells[1]);
    let counts = |heading, a, b| row(heading, [&grouped(a), &grouped(b)]);
    row("", ["B right", "B wrong"])
        + &counts("A right", paired.both_right, paired.only_b_wrong)
        + &counts("A wrong", paired.only_a_wrong, paired.both_wrong)
}

/// What stands after a `p`: the value to two digits that count, and not more exact than anybody needs, as "= 0.59", "= 0.0024", "below 0.0001".
pub fn p_value(p: f64) -> String {
    match p {
        p if p < 0.0001 => "below 0.0001".to_string(),
        p if p < 0.001 => format!("= {p:.5}"),
        p if p < 0.01 => format!("= {p:.4}"),
        p if p < 0.1 => format!("= {p:.3}"),
        p => format!("= {p:.2}"),
    }
}

/// Misread digits as `index truth>answer`, six a line, in the order given.
pub fn misread(digits: &[Misread]) -> String {
    let entry = |digit: &Misread| format!("{:>6} {}>{}", digit.index, digit.truth, digit.answer);
    let line = |digits: &[Misread]| digits.iter().map(entry).collect::<Vec<_>>().join("  ") + "\n";
    digits.chunks(6).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::LENET5;

    #[test]
    fn numbers_are_grouped_from_the_right() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (60_000, "60,000"), (1_234_567, "1,234,567")];
        for (number, expected) in cases {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn the_table_of_layers_ends_with_the_totals_of_the_paper() {
        let text = facts(&LENET5.facts());
        let total = text.lines().last().unwrap();
        assert_eq!(total.split_whitespace().collect::<Vec<_>>(), ["total", "60,000", "340,908", "332,824"]);
        let lengths: Vec<usize> = text.lines().map(str::len).collect();
        assert!(lengths.iter().all(|&length| length == lengths[0]), "{text}");
    }

    #[test]
    fn table_i_has_sixty_crosses() {
        assert_eq!(table_i().matches('X').count(), 60);
        // The paper's first row.
        assert_eq!(table_i().lines().nth(1), Some(" 0  X           X  X  X        X  X  X  X     X  X"));
    }

    #[test]
    fn the_columns_of_the_confusion_matrix_stay_aligned_when_painted() {
        let mut counts = [[0; 10]; 10];
        counts[3][3] = 1010;
        counts[3][5] = 7;
        let text = confusion(&counts, plain);
        assert!(text.lines().all(|line| line.len() == text.lines().next().unwrap().len()), "{text}");
        let painted = confusion(&counts, |cell, text| match cell {
            Cell::Wrong => format!("<{text}>"),
            _ => text.to_string(),
        });
        assert!(painted.contains("<7>"));
        assert_eq!(painted.replace(['<', '>'], ""), text);
    }

    #[test]
    fn the_table_of_a_comparison_has_a_count_in_each_corner() {
        let table = Paired { both_right: 9_885, only_a_wrong: 35, only_b_wrong: 20, both_wrong: 60 };
        let text = paired(&table);
        let words: Vec<&str> = text.split_whitespace().collect();
        let expected = ["B", "right", "B", "wrong", "A", "right", "9,885", "20", "A", "wrong", "35", "60"];
        assert_eq!(words, expected, "{text}");
        assert!(text.lines().all(|line| line.len() == 30), "{text}");
    }

    #[test]
    fn p_values_have_two_digits_that_count() {
        let cases = [
            (1.0, "= 1.00"),
            (0.587, "= 0.59"),
            (0.0312, "= 0.031"),
            (0.00244, "= 0.0024"),
            (2e-9, "below 0.0001"),
        ];
        for (p, expected) in cases {
            assert_eq!(p_value(p), expected);
        }
    }

    #[test]
    fn misread_digits_stand_six_on_a_line() {
        let digits = [Misread { index: 247, truth: 4, answer: 6, margin: 3.0 }; 7];
        assert_eq!(misread(&digits).lines().count(), 2);
        assert!(misread(&digits[..1]) == "   247 4>6\n");
    }
}
