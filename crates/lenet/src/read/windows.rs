//! Minima and maxima over square windows, and means over cells: what the local levels of a page are made of.

/// A map with one byte for each cell, or for each pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Map {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<u8>,
}

/// The upper half of a product: one instruction for eight of them at once, or more.
pub(super) fn upper(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}

/// Which extreme of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extreme {
    Smallest,
    Largest,
}

impl Extreme {
    /// Makes every place the extreme of itself and of the other's, as far as both go.
    pub(super) fn of(self, into: &mut [u8], other: &[u8]) {
        match self {
            Extreme::Smallest => into.iter_mut().zip(other).for_each(|(a, b)| *a = (*a).min(*b)),
            Extreme::Largest => into.iter_mut().zip(other).for_each(|(a, b)| *a = (*a).max(*b)),
        }
    }

    /// What leaves every extreme as it is.
    fn neutral(self) -> u8 {
        match self {
            Extreme::Smallest => 255,
            Extreme::Largest => 0,
        }
    }
}

impl Map {
    /// The extremes over windows of 2 `radius` + 1 places each way, as far as they lie on the map. Windows are doubled until they
    /// are long enough, so the cost grows with the logarithm of the radius.
    pub(super) fn extremes(&self, radius: usize, extreme: Extreme) -> Map {
        let (width, height) = (self.width, self.height);
        let length = 2 * radius + 1;
        let neutral = extreme.neutral();
        let mut rows = vec![neutral; (height + 2 * radius) * width];
        let mut lines = [vec![neutral; width + 2 * radius], vec![neutral; width + 2 * radius]];
        for (from, to) in self.values.chunks_exact(width).zip(rows[radius * width..].chunks_exact_mut(width))
        {
            lines[0].fill(neutral);
            lines[0][radius..][..width].copy_from_slice(from);
            widen_line(&mut lines, length, extreme);
            to.copy_from_slice(&lines[0][..width]);
        }
        widen_rows(&mut rows, width, length, extreme);
        rows.truncate(width * height);
        Map { width, height, values: rows }
    }
}

impl Map {
    /// The map with `margin` more places on each side, that go on as the map does before its edge: what lies as far outside is as
    /// much lighter than the edge as what lies inside is darker.
    pub(super) fn continued(&self, margin: usize) -> Map {
        let beyond = |edge: u8, inside: u8| (2 * i16::from(edge) - i16::from(inside)).clamp(0, 255) as u8;
        let wide = self.width + 2 * margin;
        let mut rows = Vec::with_capacity(wide * (self.height + 2 * margin));
        let mut line = vec![0; wide];
        let mut put = |row: &[u8]| {
            let last = row.len() - 1;
            line[margin..][..row.len()].copy_from_slice(row);
            for k in 0..margin {
                let inside = (k + 1).min(last);
                line[margin - 1 - k] = beyond(row[0], row[inside]);
                line[margin + row.len() + k] = beyond(row[last], row[last - inside]);
            }
            rows.extend_from_slice(&line);
        };
        let row = |y: usize| &self.values[y * self.width..][..self.width];
        let outside = |edge: usize, inside: usize| -> Vec<u8> {
            row(edge).iter().zip(row(inside)).map(|(edge, inside)| beyond(*edge, *inside)).collect()
        };
        let last = self.height - 1;
        (1..=margin).rev().for_each(|k| put(&outside(0, k.min(last))));
        (0..self.height).for_each(|y| put(row(y)));
        (1..=margin).for_each(|k| put(&outside(last, last - k.min(last))));
        Map { width: wide, height: self.height + 2 * margin, values: rows }
    }

    /// The map without its outer `margin` places.
    pub(super) fn inside(&self, margin: usize) -> Map {
        let (width, height) = (self.width - 2 * margin, self.height - 2 * margin);
        let mut values = Vec::with_capacity(width * height);
        let rows = self.values.chunks_exact(self.width).skip(margin).take(height);
        rows.for_each(|row| values.extend_from_slice(&row[margin..margin + width]));
        Map { width, height, values }
    }
}

/// Makes every place of the first line the extreme of itself and of the next ones, `length` in all. The second one is work space.
fn widen_line(lines: &mut [Vec<u8>; 2], length: usize, extreme: Extreme) {
    let mut covered = 1;
    while covered < length {
        let ahead = covered.min(length - covered);
        let [from, to] = lines;
        to.copy_from_slice(from);
        extreme.of(to, &from[ahead.min(from.len())..]);
        lines.swap(0, 1);
        covered += ahead;
    }
}

/// Makes every place the extreme of itself and of the ones below it, `length` in all.
fn widen_rows(values: &mut [u8], width: usize, length: usize, extreme: Extreme) {
    let mut covered = 1;
    while covered < length {
        let step = covered.min(length - covered);
        let ahead = (step * width).min(values.len());
        // Rows from the top: those ahead are read before they are written.
        for at in (0..values.len() - ahead).step_by(width) {
            let (front, back) = values.split_at_mut(at + ahead);
            extreme.of(&mut front[at..at + width], &back[..width]);
        }
        covered += step;
    }
}

/// Means over cells of `side` x `side` pixels; the last ones of a row or column may be smaller.
pub(super) fn means(pixels: &[u8], width: usize, side: usize) -> Map {
    let height = pixels.len() / width;
    if side == 1 {
        return Map { width, height, values: pixels.to_vec() };
    }
    let (columns, rows) = (width.div_ceil(side), height.div_ceil(side));
    let mut values = Vec::with_capacity(columns * rows);
    let mut sums = vec![0u16; width];
    for band in pixels.chunks(side * width) {
        sums.fill(0);
        for row in band.chunks_exact(width) {
            sums.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += u16::from(*pixel));
        }
        let deep = (band.len() / width) as u32;
        values.extend(sums.chunks(side).map(|cell| {
            let area = cell.len() as u32 * deep;
            ((cell.iter().map(|sum| u32::from(*sum)).sum::<u32>() + area / 2) / area) as u8
        }));
    }
    Map { width: columns, height: rows, values }
}

/// The largest values of cells of `side` x `side` pixels.
pub(super) fn peaks(pixels: &[u8], width: usize, side: usize) -> Map {
    let height = pixels.len() / width;
    if side == 1 {
        return Map { width, height, values: pixels.to_vec() };
    }
    let mut values = Vec::with_capacity(width.div_ceil(side) * height.div_ceil(side));
    let mut line = vec![0; width];
    for band in pixels.chunks(side * width) {
        line.fill(0);
        band.chunks_exact(width).for_each(|row| Extreme::Largest.of(&mut line, row));
        values.extend(line.chunks(side).map(|cell| cell.iter().copied().max().unwrap_or(0)));
    }
    Map { width: width.div_ceil(side), height: height.div_ceil(side), values }
}

/// Values given for the middles of cells, for all pixels of row after row by linear interpolation.
pub(super) struct Interpolated<'a> {
    cells: &'a [u16],
    columns: usize,
    side: usize,
    /// For each column of pixels the cell whose middle lies before it, and the share of the next one.
    places: Vec<(u32, u16)>,
    /// The rows of cells above and below the last row asked for, widened to pixels.
    wide: [Vec<u16>; 2],
    /// Which rows these are.
    held: [usize; 2],
}

impl<'a> Interpolated<'a> {
    /// `columns` cells in a row, of `side` pixels each way, for rows of `width` pixels.
    pub(super) fn new(cells: &'a [u16], columns: usize, side: usize, width: usize) -> Self {
        let wide = [vec![0; width], vec![0; width]];
        let place = |x: usize| {
            let (cell, share) = between(x, side, columns);
            (cell as u32, share as u16)
        };
        let places = (0..width).map(place).collect();
        Interpolated { cells, columns, side, places, wide, held: [usize::MAX; 2] }
    }

    /// Writes the values of pixel row `y`.
    pub(super) fn row(&mut self, y: usize, values: &mut [u16]) {
        if self.side == 1 {
            // A cell is a pixel.
            values.copy_from_slice(&self.cells[y * self.columns..][..self.columns]);
            return;
        }
        let rows = self.cells.len() / self.columns;
        let (above, share) = between(y, self.side, rows);
        for (k, row) in [above, (above + 1).min(rows - 1)].into_iter().enumerate() {
            if self.held[k] != row {
                if k == 0 && self.held[1] == row {
                    self.wide.swap(0, 1);
                    self.held.swap(0, 1);
                    continue;
                }
                let cells = &self.cells[row * self.columns..][..self.columns];
                widen_row(cells, &self.places, &mut self.wide[k]);
                self.held[k] = row;
            }
        }
        let [above, below] = &self.wide;
        if share == 0 {
            values.copy_from_slice(above);
            return;
        }
        let of_below = (share * 256).min(65_535) as u16;
        let of_above = 65_535 - of_below;
        for ((value, a), b) in values.iter_mut().zip(above).zip(below) {
            *value = upper(*a, of_above) + upper(*b, of_below);
        }
    }
}

/// The cell whose middle lies before pixel `at`, and the share of the next one in 256ths.
fn between(at: usize, side: usize, cells: usize) -> (usize, u32) {
    // In half pixels, middles of cells lie at side, 3 side, ...
    let beyond = (2 * at + 1).saturating_sub(side);
    let cell = (beyond / (2 * side)).min(cells - 1);
    let share = (beyond - cell * 2 * side) * 256 / (2 * side);
    (cell, share.min(256) as u32)
}

fn widen_row(cells: &[u16], places: &[(u32, u16)], wide: &mut [u16]) {
    for (value, &(left, share)) in wide.iter_mut().zip(places) {
        let left = left as usize;
        let right = cells[(left + 1).min(cells.len() - 1)];
        let share = u32::from(share);
        *value = ((u32::from(cells[left]) * (256 - share) + u32::from(right) * share) >> 8) as u16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn between_middles_values_are_interpolated_and_beyond_them_constant() {
        let cells = [100, 200, 100, 200];
        let mut interpolated = Interpolated::new(&cells, 2, 4, 8);
        let mut row = [0; 8];
        interpolated.row(0, &mut row);
        assert_eq!(row, [100, 100, 112, 137, 162, 187, 200, 200]);
        interpolated.row(7, &mut row);
        // Two upper halves of products, each rounded down.
        assert!((98..=100).contains(&row[0]), "{row:?}");
    }

    #[test]
    fn means_and_peaks_know_cells_that_are_cut_off() {
        let pixels = [1, 3, 9, 5, 7, 9];
        assert_eq!(means(&pixels, 3, 2), Map { width: 2, height: 1, values: vec![4, 9] });
        assert_eq!(peaks(&pixels, 3, 2).values, [7, 9]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn extremes_are_those_of_the_window(
            width in 1usize..20, height in 1usize..20, radius in 0usize..12, seed in any::<u32>(),
        ) {
            let values: Vec<u8> =
                (0..width * height).map(|k| ((k as u32 + 7).wrapping_mul(seed | 1) >> 24) as u8).collect();
            let map = Map { width, height, values };
            let (small, large) = (map.extremes(radius, Extreme::Smallest), map.extremes(radius, Extreme::Largest));
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let window = (y.saturating_sub(radius)..(y + radius + 1).min(height))
                    .flat_map(|v| (x.saturating_sub(radius)..(x + radius + 1).min(width)).map(move |u| (v, u)));
                let values: Vec<u8> = window.map(|(v, u)| map.values[v * width + u]).collect();
                prop_assert_eq!(small.values[y * width + x], *values.iter().min().unwrap());
                prop_assert_eq!(large.values[y * width + x], *values.iter().max().unwrap());
            }
        }
    }
}
