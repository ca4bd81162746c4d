//! Counts on a grid of true and false: how many pieces, how many holes.

/// `columns` in each row.
pub(super) struct Grid<'a> {
    pub(super) inside: &'a [bool],
    pub(super) columns: usize,
}

impl Grid<'_> {
    /// Pieces of what is inside, whose points touch at edges or corners.
    pub(super) fn pieces(&self) -> usize {
        self.count(true)
    }

    /// Pieces of what is outside, whose points touch at edges; all but one are holes, as the grid's border is outside.
    pub(super) fn holes(&self) -> usize {
        self.count(false).saturating_sub(1)
    }

    fn count(&self, value: bool) -> usize {
        let (columns, rows) = (self.columns, self.inside.len() / self.columns);
        let mut seen = vec![false; self.inside.len()];
        let (mut count, mut stack) = (0, Vec::new());
        for start in 0..self.inside.len() {
            if seen[start] || self.inside[start] != value {
                continue;
            }
            count += 1;
            seen[start] = true;
            stack.push(start);
            while let Some(at) = stack.pop() {
                let (x, y) = (at % columns, at / columns);
                for v in y.saturating_sub(1)..(y + 2).min(rows) {
                    for u in x.saturating_sub(1)..(x + 2).min(columns) {
                        let next = v * columns + u;
                        let touches = value || u == x || v == y;
                        if touches && !seen[next] && self.inside[next] == value {
                            seen[next] = true;
                            stack.push(next);
                        }
                    }
                }
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: [&str; 7]) -> (usize, usize) {
        let inside: Vec<bool> = rows.iter().flat_map(|row| row.bytes().map(|byte| byte == b'#')).collect();
        let grid = Grid { inside: &inside, columns: rows[0].len() };
        (grid.pieces(), grid.holes())
    }

    #[test]
    fn pieces_touch_at_corners_and_holes_at_edges() {
        let none = ".......";
        assert_eq!(counts([none; 7]), (0, 0));
        assert_eq!(counts([none, ".###.#.", ".#.#.#.", ".###.#.", none, none, none]), (2, 1));
        assert_eq!(counts([none, ".#.....", "#.#....", ".#.#...", "..#....", none, none]), (1, 2));
    }
}
