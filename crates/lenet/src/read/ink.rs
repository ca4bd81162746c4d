//! Grey levels become ink: dark on light or light on dark, under whatever light, and nothing where there is only paper.

use std::ops::Range;

use serde::Serialize;

use super::picture::Grey;
use super::windows::{Extreme, Interpolated, means, peaks, upper};

/// How much ink there is at every pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Ink {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` values in row-major order, 0 paper to 255 as dark as the pen gets around here.
    pub values: Vec<u8>,
    /// Which of the two is the darker one.
    pub polarity: Polarity,
    /// How likely it is that this is so, by the picture's grey levels alone, 0 to 1.
    pub likely: f32,
    /// Whether it is so unlikely that only a page of digits can be the other way round.
    pub(super) far_fetched: bool,
}

/// Which is darker, ink or paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// As with a pen on paper.
    DarkOnLight,
    /// As with chalk on a board, or MNIST's own files shown as they are.
    LightOnDark,
}

/// The least contrast that can be ink, of the 255 of black on white.
const LEAST_CONTRAST: f32 = 14.0;
/// What is this many standard deviations of the paper's noise darker than paper can be ink.
const BEYOND_NOISE: f32 = 6.0;
/// What is dark or light by less than this may be the other way round.
const DOUBT: f64 = 0.5;
/// By less than this it may be so if there is a page of digits: a sheet on a desk is lighter than that, and what is written on it darker.
const FAR_FETCHED: f64 = 0.75;
/// Pictures with a side of fewer pixels have too few to be sure.
const SMALL: usize = 120;
/// Levels of darkness that count as one peak, to both sides.
const PEAK: usize = 3;
/// The least difference of darkness between the peaks of paper and ink.
const APART: usize = 30;
/// Ink that is fainter than this share of the page's ink is as dark as it gets only up to this share.
const FAINTEST: f32 = 0.75;

impl Ink {
    /// Finds the ink of a picture; none if nothing stands out from paper and noise. Where it may be either the darker or the lighter
    /// one it is the likelier of the two.
    pub fn of(grey: &Grey) -> Option<Ink> {
        Self::candidates(grey).into_iter().next()
    }

    /// What may be the ink of a picture: the likelier one first, and what is light instead of dark, or dark instead of light, where
    /// that is in doubt; none if nothing stands out from paper and noise.
    pub fn candidates(grey: &Grey) -> Vec<Ink> {
        if grey.width == 0 || grey.height == 0 || grey.pixels.len() != grey.width * grey.height {
            return Vec::new();
        }
        let Some(balance) = polarity(grey) else { return Vec::new() };
        let dark = (1.0 + balance as f32) / 2.0;
        let mut both = [(dark, Polarity::DarkOnLight), (1.0 - dark, Polarity::LightOnDark)];
        both.sort_by(|a, b| b.0.total_cmp(&a.0));
        let doubtful = balance.abs() < DOUBT || grey.width.min(grey.height) < SMALL;
        let candidates = both.into_iter().take(if balance.abs() < FAR_FETCHED || doubtful { 2 } else { 1 });
        let ink = |(likely, polarity): (f32, Polarity)| {
            Some(Ink { likely, far_fetched: likely < 0.5 && !doubtful, ..Self::with(grey, polarity)? })
        };
        candidates.filter_map(ink).collect()
    }

    fn with(grey: &Grey, polarity: Polarity) -> Option<Ink> {
        let (width, height) = (grey.width, grey.height);
        let inverted: Vec<u8>;
        let pixels = match polarity {
            Polarity::DarkOnLight => &grey.pixels,
            Polarity::LightOnDark => {
                inverted = grey.pixels.iter().map(|level| 255 - level).collect();
                &inverted
            }
        };
        let side = (width.max(height) / 256).clamp(1, 8);
        // Wider than any stroke, and no wider than it must be: the light changes. A stroke is at most a fifth as wide as a digit is high.
        let radius = (width.min(height) / 6).max(height / 10).clamp(8, 64).div_ceil(side);
        let ink = |pixels: &[u8]| ink(&darkness(pixels, width, side, radius), width, side, radius);
        // What noise hides shows when neighbours are averaged.
        let values = ink(pixels).or_else(|| ink(&smoothed(pixels, width)))?;
        Some(Ink { width, height, values, polarity, likely: 1.0, far_fetched: false })
    }
}

/// Every pixel the mean of itself and its neighbours, as far as there are any.
fn smoothed(pixels: &[u8], width: usize) -> Vec<u8> {
    let height = pixels.len() / width;
    let around = |at: usize, end: usize| at.saturating_sub(1)..(at + 2).min(end);
    let mut means = Vec::with_capacity(pixels.len());
    for y in 0..height {
        let mut sums = vec![0u32; width];
        for row in around(y, height).map(|v| &pixels[v * width..][..width]) {
            sums.iter_mut().zip(row).for_each(|(sum, pixel)| *sum += u32::from(*pixel));
        }
        let rows = around(y, height).count() as u32;
        means.extend((0..width).map(|x| {
            let near = &sums[around(x, width)];
            (near.iter().sum::<u32>() / (rows * near.len() as u32)) as u8
        }));
    }
    means
}

/// Which way the ink goes, from -1, surely light on dark, to 1, surely dark on light: in tiles that are small enough for the light to
/// be even, the median is paper, and what deviates most from it is ink. None if nothing deviates.
fn polarity(grey: &Grey) -> Option<f64> {
    // Shadows mislead large tiles, strokes as wide as a tile small ones, so all have their say.
    let sizes = [(8, 1.0), (4, 2.0), (2, 1.0), (1, 1.0)];
    let fits = |tiles: usize| tiles == 1 || grey.width.min(grey.height) / tiles >= 60;
    let balances = sizes.into_iter().filter(|(tiles, _)| fits(*tiles));
    let balances = balances.filter_map(|(tiles, weight)| Some((weight * balance(grey, tiles)?, weight)));
    let (sum, weights) = balances.fold((0.0, 0.0), |sums, next| (sums.0 + next.0, sums.1 + next.1));
    if weights > 0.0 { Some(sum / weights) } else { flat(grey) }
}

/// What is darker than its tile's median against what is lighter, from -1 to 1; large deviations count most.
fn balance(grey: &Grey, tiles: usize) -> Option<f64> {
    let step = (grey.width.max(grey.height) / 512).max(1);
    let bounds = |k: usize, all: usize| k * all / tiles..(k + 1) * all / tiles;
    let (mut darker, mut lighter) = (0.0f64, 0.0f64);
    for tile in 0..tiles * tiles {
        let (ys, xs) = (bounds(tile / tiles, grey.height), bounds(tile % tiles, grey.width));
        let mut counts = [0u32; 256];
        for y in ys.step_by(step) {
            let row = &grey.pixels[y * grey.width..][xs.clone()];
            row.iter().step_by(step).for_each(|level| counts[usize::from(*level)] += 1);
        }
        let middle = quantile(&counts, 0.5);
        for (level, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let square = (level as f64 - middle as f64).powi(2) * f64::from(count);
            *if level < middle { &mut darker } else { &mut lighter } += square;
        }
    }
    let all = darker + lighter;
    (all > 0.0).then(|| (darker - lighter) / all)
}

/// The same where no tile has two levels: the level with the most pixels is paper.
fn flat(grey: &Grey) -> Option<f64> {
    let mut counts = [0u32; 256];
    grey.pixels.iter().for_each(|level| counts[usize::from(*level)] += 1);
    let levels = || (0..256).filter(|level| counts[*level] > 0);
    let paper = levels().max_by_key(|level| counts[*level])?;
    let ink = levels().find(|level| *level != paper)?;
    Some(if ink < paper { 1.0 } else { -1.0 })
}

/// The first value at which this share of the counts is reached.
fn quantile(counts: &[u32], share: f64) -> usize {
    let all: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let wanted = (all as f64 * share).ceil() as u64;
    let mut reached = 0;
    let found = counts.iter().position(|count| {
        reached += u64::from(*count);
        reached >= wanted && reached > 0
    });
    found.unwrap_or(0)
}

/// How much darker than the paper around it each pixel is, as a share of the light there: -128 to 255.
///
/// The paper is what remains when everything dark that is narrower than the window is filled up (a grey closing), of cells'
/// means, so that noise counts little. Unlike a blur it knows sharp shadows and does not mind much ink.
fn darkness(pixels: &[u8], width: usize, side: usize, radius: usize) -> Vec<i16> {
    let cells = means(pixels, width, side);
    let margin = radius + 1;
    // One cell more on the way back: beside the edge of a shadow, dark paper must not be measured by the light one.
    let filled =
        cells.continued(margin).extremes(radius, Extreme::Largest).extremes(radius + 1, Extreme::Smallest);
    let paper = filled.inside(margin);
    // 255 over the paper's level, in 4096ths; paper darker than 16 is taken for 16.
    let lights: [u16; 256] =
        std::array::from_fn(|level| (255 * 4096 / (level as u32).max(16)).min(65_535) as u16);
    let light: Vec<u16> = paper.values.iter().map(|level| lights[usize::from(*level)]).collect();
    let mut interpolated = Interpolated::new(&light, paper.width, side, width);
    let mut row_light = vec![0; width];
    let mut darkness = vec![0; pixels.len()];
    for (y, (row, darkness)) in pixels.chunks_exact(width).zip(darkness.chunks_exact_mut(width)).enumerate() {
        interpolated.row(y, &mut row_light);
        for ((darkness, pixel), light) in darkness.iter_mut().zip(row).zip(&row_light) {
            // 16ths of a level: at most 255 * 16 * 16, which 16 bits hold.
            let level = upper(u16::from(*pixel) << 8, *light);
            *darkness = (4080 - level.min(4080 + 2048) as i16) >> 4;
        }
    }
    darkness
}

/// What darkness the paper of a tile has.
#[derive(Clone, Copy, Debug)]
struct Paper {
    /// The commonest darkness.
    level: f32,
    /// The standard deviation around it.
    noise: f32,
}

impl Paper {
    /// The paper of the tile with these columns and rows.
    fn of(darkness: &[i16], width: usize, columns: Range<usize>, rows: Range<usize>) -> Self {
        const ZERO: i16 = 128;
        let mut counts = [0u32; 384];
        let mut differences = [0u32; 384];
        let step = if columns.len() * rows.len() > 1 << 13 { 3 } else { 1 };
        for y in rows.step_by(step) {
            let row = &darkness[y * width..][columns.clone()];
            for x in (0..row.len()).step_by(step) {
                counts[(row[x] + ZERO) as usize] += 1;
                if x + 2 < row.len() {
                    differences[(row[x + 2] - row[x]).unsigned_abs().min(383) as usize] += 1;
                }
            }
        }
        let of_three = |at: usize| counts[at.saturating_sub(1)..(at + 2).min(384)].iter().sum::<u32>();
        let commonest = (0..384).max_by_key(|at| (of_three(*at), counts[*at])).unwrap_or(0);
        let commonest = lighter_peak(&counts, commonest).unwrap_or(commonest);
        // Ink is darker than paper, so the lighter half is noise alone; paper whose noise is cut off at white has no such half, but
        // most neighbours differ.
        let (lighter, all) = (&counts[..commonest], counts.iter().sum::<u32>());
        let spread = commonest - quantile(lighter, 0.5).min(commonest);
        let spread = if lighter.iter().sum::<u32>() * 20 < all { 0 } else { spread };
        let mut neighbours = quantile(&differences, 0.5);
        if u64::from(differences[0]) * 3 < u64::from(all) {
            differences[0] = 0;
            neighbours = quantile(&differences, 0.5);
        }
        let noise = (spread as f32 / 0.674).max(neighbours as f32 / 0.954);
        Paper { level: (commonest as i16 - ZERO).into(), noise }
    }

    /// The least darkness that stands out from it.
    fn least(&self) -> f32 {
        self.level + (self.noise * BEYOND_NOISE).max(LEAST_CONTRAST)
    }

    /// For every darkness that ink may have at most around a place, 0 to 255, what brings it to 255 there; `pen` is the page's ink.
    fn scales(&self, pen: f32) -> Vec<Scale> {
        // Noise below this is paper.
        let floor = (self.level + 2.0 * self.noise).max(0.0);
        let scale = |peak: u8| {
            let full = f32::from(peak).max(pen * FAINTEST).max(self.least()) - floor;
            let gain = 255.0 / full.max(10.2);
            Scale { gain: (gain * 2048.0) as u16, offset: (gain * floor * 8.0).min(65_535.0) as u16 }
        };
        (0..=255).map(scale).collect()
    }
}

/// What makes ink of darkness: ink is darkness times `gain` less `offset`.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// In 2048ths.
    gain: u16,
    /// In eighths of ink.
    offset: u16,
}

/// Where the counts have another peak far below the highest one: bold digits may have more ink than there is paper around them.
fn lighter_peak(counts: &[u32; 384], highest: usize) -> Option<usize> {
    let smooth = |at: usize| counts[at.saturating_sub(PEAK)..(at + PEAK + 1).min(384)].iter().sum::<u32>();
    let peak = (0..highest.saturating_sub(APART)).max_by_key(|at| (smooth(*at), counts[*at]))?;
    let valley = (peak..highest).map(smooth).min()?;
    let all = counts.iter().sum::<u32>();
    (smooth(peak) * 20 > all && smooth(peak) > 3 * valley).then_some(peak)
}

/// The paper of every tile, and how many tiles there are in each direction.
fn papers(darkness: &[i16], width: usize) -> (Vec<Paper>, usize, usize) {
    let height = darkness.len() / width;
    let (columns, rows) = ((width / 64).clamp(1, 8), (height / 64).clamp(1, 8));
    let bounds = |k: usize, all: usize, tiles: usize| k * all / tiles..(k + 1) * all / tiles;
    let paper = |k: usize| {
        Paper::of(darkness, width, bounds(k % columns, width, columns), bounds(k / columns, height, rows))
    };
    let papers: Vec<Paper> = (0..columns * rows).map(paper).collect();
    // A tile may be full of ink; its neighbours are not.
    let of_neighbours = |k: usize, value: fn(&Paper) -> f32| {
        let near = |a: usize, b: usize| a.abs_diff(b) <= 1;
        let mut values: Vec<f32> = (0..papers.len())
            .filter(|other| near(other / columns, k / columns) && near(other % columns, k % columns))
            .map(|other| value(&papers[other]))
            .collect();
        values.sort_by(f32::total_cmp);
        values[values.len() / 2]
    };
    let smooth = |k: usize| Paper {
        level: of_neighbours(k, |paper| paper.level),
        noise: of_neighbours(k, |paper| paper.noise),
    };
    ((0..papers.len()).map(smooth).collect(), columns, rows)
}

/// Brings darkness to the scale from paper to the pen's own darkness, which may differ from place to place.
fn ink(darkness: &[i16], width: usize, side: usize, radius: usize) -> Option<Vec<u8>> {
    let (papers, columns, rows) = papers(darkness, width);
    let mut values: Vec<u8> = darkness.iter().map(|x| (*x).clamp(0, 255) as u8).collect();
    let peaks = peaks(&values, width, side);
    // The tiles in which the cells of a row lie.
    let across: Vec<usize> = (0..peaks.width).map(|x| x * columns / peaks.width).collect();
    let tiles = |y: usize| {
        let first = y * rows / peaks.height * columns;
        across.iter().map(move |column| first + column)
    };
    // Only what stands out from the paper there says how dark the pen is.
    let least: Vec<f32> = papers.iter().map(Paper::least).collect();
    let mut counts = [0u32; 256];
    for (y, row) in peaks.values.chunks_exact(peaks.width).enumerate() {
        let standing_out = row.iter().zip(tiles(y)).filter(|(peak, tile)| f32::from(**peak) >= least[*tile]);
        standing_out.for_each(|(peak, _)| counts[usize::from(*peak)] += 1);
    }
    if counts.iter().all(|count| *count == 0) {
        return None;
    }
    let pen = quantile(&counts, 0.9) as f32;
    let scales: Vec<Vec<Scale>> = papers.iter().map(|paper| paper.scales(pen)).collect();
    let darkest = peaks.extremes(radius, Extreme::Largest);
    let (mut gains, mut offsets) =
        (Vec::with_capacity(darkest.values.len()), Vec::with_capacity(darkest.values.len()));
    for (y, row) in darkest.values.chunks_exact(peaks.width).enumerate() {
        let scales = || row.iter().zip(tiles(y)).map(|(peak, tile)| scales[tile][usize::from(*peak)]);
        gains.extend(scales().map(|scale| scale.gain));
        offsets.extend(scales().map(|scale| scale.offset));
    }
    let mut gain = Interpolated::new(&gains, peaks.width, side, width);
    let mut offset = Interpolated::new(&offsets, peaks.width, side, width);
    let (mut row_gains, mut row_offsets) = (vec![0; width], vec![0; width]);
    for (y, row) in values.chunks_exact_mut(width).enumerate() {
        gain.row(y, &mut row_gains);
        offset.row(y, &mut row_offsets);
        for ((value, gain), offset) in row.iter_mut().zip(&row_gains).zip(&row_offsets) {
            // Eighths of the scale: at most 255 * 25 * 8.
            let eighths = upper(u16::from(*value) << 8, *gain);
            *value = (eighths.saturating_sub(*offset) >> 3).min(255) as u8;
        }
    }
    Some(values)
}
