//! Grey levels become ink: dark on light or light on dark, under whatever light, and nothing where there is only paper.

use serde::Serialize;

use super::picture::Grey;
use super::windows::{Extreme, Interpolated, Map, means, peaks};

/// How much ink there is at every pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ink {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` values in row-major order, 0 paper to 255 as dark as the pen gets around here.
    pub values: Vec<u8>,
    /// Which of the two is the darker one.
    pub polarity: Polarity,
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
const LEAST_CONTRAST: u8 = 14;
/// What is this many standard deviations of the paper's noise darker than paper can be ink.
const BEYOND_NOISE: f32 = 6.0;
/// Ink that is fainter than this share of the page's ink is as dark as it gets only up to this share.
const FAINTEST: f32 = 0.4;

impl Ink {
    /// Finds the ink of a picture; none if nothing stands out from paper and noise.
    pub fn of(grey: &Grey) -> Option<Ink> {
        let (width, height) = (grey.width, grey.height);
        if width == 0 || height == 0 || grey.pixels.len() != width * height {
            return None;
        }
        let polarity = polarity(grey)?;
        let inverted: Vec<u8>;
        let pixels = match polarity {
            Polarity::DarkOnLight => &grey.pixels,
            Polarity::LightOnDark => {
                inverted = grey.pixels.iter().map(|level| 255 - level).collect();
                &inverted
            }
        };
        let side = (width.max(height) / 256).clamp(1, 8);
        let radius = (width.min(height) / 10).clamp(12, 64).div_ceil(side);
        let darkness = darkness(pixels, width, side, radius);
        let paper = Paper::of(&darkness, width);
        let values = ink(&darkness, width, side, radius, &paper)?;
        Some(Ink { width, height, values, polarity })
    }
}

/// Which way the ink goes: in tiles that are small enough for the light to be even, the median is paper, and what deviates most
/// from it is ink. None if nothing deviates.
fn polarity(grey: &Grey) -> Option<Polarity> {
    const TILES: usize = 4;
    let step = (grey.width.max(grey.height) / 512).max(1);
    let (mut darker, mut lighter) = (0.0f64, 0.0f64);
    let bounds = |k: usize, all: usize| k * all / TILES..(k + 1) * all / TILES;
    for tile in 0..TILES * TILES {
        let (ys, xs) = (bounds(tile / TILES, grey.height), bounds(tile % TILES, grey.width));
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
    match (darker, lighter) {
        _ if darker + lighter == 0.0 => flat(grey),
        _ if darker >= lighter => Some(Polarity::DarkOnLight),
        _ => Some(Polarity::LightOnDark),
    }
}

/// The same where no tile has two levels: the level with the most pixels is paper.
fn flat(grey: &Grey) -> Option<Polarity> {
    let mut counts = [0u32; 256];
    grey.pixels.iter().for_each(|level| counts[usize::from(*level)] += 1);
    let levels = || (0..256).filter(|level| counts[*level] > 0);
    let paper = levels().max_by_key(|level| counts[*level])?;
    let ink = levels().find(|level| *level != paper)?;
    Some(if ink < paper { Polarity::DarkOnLight } else { Polarity::LightOnDark })
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
    let paper = cells.extremes(radius, Extreme::Largest).extremes(radius, Extreme::Smallest);
    // 255 over the paper's level, in 4096ths; paper darker than 16 is taken for 16.
    let light: Vec<u16> =
        paper.values.iter().map(|level| (255 * 4096 / u32::from((*level).max(16))).min(65_535) as u16).collect();
    let mut interpolated = Interpolated::new(&light, paper.width, side, width);
    let mut row_light = vec![0; width];
    let mut darkness = vec![0; pixels.len()];
    for (y, (row, darkness)) in pixels.chunks_exact(width).zip(darkness.chunks_exact_mut(width)).enumerate() {
        interpolated.row(y, &mut row_light);
        for ((darkness, pixel), light) in darkness.iter_mut().zip(row).zip(&row_light) {
            // 16ths of a level: at most 255 * 16 * 16, which 16 bits hold.
            let level = ((u32::from(*pixel) << 8) * u32::from(*light) >> 16) as u16;
            *darkness = (4080 - level.min(4080 + 2048) as i16) >> 4;
        }
    }
    darkness
}

/// What darkness the paper has.
#[derive(Debug)]
struct Paper {
    /// The commonest darkness.
    level: i16,
    /// The standard deviation around it.
    noise: f32,
}

impl Paper {
    fn of(darkness: &[i16], width: usize) -> Self {
        const ZERO: i16 = 128;
        let step = if darkness.len() > 1 << 18 { 3 } else { 1 };
        let mut counts = [0u32; 384];
        let mut differences = [0u32; 384];
        for row in darkness.chunks_exact(width).step_by(step) {
            for x in (0..width).step_by(step) {
                counts[(row[x] + ZERO) as usize] += 1;
                if x + 2 < width {
                    differences[(row[x + 2] - row[x]).unsigned_abs().min(383) as usize] += 1;
                }
            }
        }
        let of_three = |at: usize| counts[at.saturating_sub(1)..(at + 2).min(384)].iter().sum::<u32>();
        let commonest = (0..384).max_by_key(|at| (of_three(*at), counts[*at])).unwrap_or(0);
        // Ink is darker than paper, so the lighter half is noise alone; paper whose noise is cut off at white has no such half, but
        // neighbours differ.
        let lighter = &counts[..commonest];
        let spread = commonest - quantile(lighter, 0.5).min(commonest);
        let spread = if lighter.iter().sum::<u32>() * 20 < counts.iter().sum() { 0 } else { spread };
        let neighbours = quantile(&differences, 0.5);
        let noise = (spread as f32 / 0.674).max(neighbours as f32 / 0.954);
        Paper { level: commonest as i16 - ZERO, noise }
    }
}

/// Brings darkness to the scale from paper to the pen's own darkness, which may differ from place to place.
fn ink(darkness: &[i16], width: usize, side: usize, radius: usize, paper: &Paper) -> Option<Vec<u8>> {
    let least = (paper.noise * BEYOND_NOISE).max(f32::from(LEAST_CONTRAST));
    let above = |x: i16| (x - paper.level).clamp(0, 255) as u8;
    let mut values: Vec<u8> = darkness.iter().map(|x| above(*x)).collect();
    let mut counts = [0u32; 256];
    values.iter().for_each(|value| counts[usize::from(*value)] += 1);
    counts[..(least as usize).min(255)].fill(0);
    if counts.iter().all(|count| *count == 0) {
        return None;
    }
    let pen = quantile(&counts, 0.7) as f32;
    let darkest = peaks(&values, width, side).extremes(radius, Extreme::Largest);
    let faintest = (pen * FAINTEST).max(least);
    // Noise below this is paper.
    let floor = (2.0 * paper.noise).min(100.0) as u8;
    let gains: Vec<u16> = darkest.values.iter().map(|peak| gain(f32::from(*peak).max(faintest), floor)).collect();
    let Map { width: columns, .. } = darkest;
    let mut interpolated = Interpolated::new(&gains, columns, side, width);
    let mut row_gains = vec![0; width];
    for (y, row) in values.chunks_exact_mut(width).enumerate() {
        interpolated.row(y, &mut row_gains);
        for (value, gain) in row.iter_mut().zip(&row_gains) {
            let above = u32::from(value.saturating_sub(floor)) << 8;
            *value = ((above * u32::from(*gain)) >> 19).min(255) as u8;
        }
    }
    Some(values)
}

/// What ink is multiplied with where the darkest place around is `peak`, in 2048ths: at most 25.
fn gain(peak: f32, floor: u8) -> u16 {
    (255.0 / (peak - f32::from(floor)).max(10.2) * 2048.0) as u16
}
