//! A page as a camera sees it: tilted, blurred, lit, noisy, in a file.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage};
use rand::Rng;

use super::conditions::{Colours, Conditions, Light};
use super::page::{Layer, Page};

/// Distance of the camera from a page, in pixels of the page's longer side.
const DISTANCE: f32 = 2.0;

/// A map from points of the page to points of the picture and back, in pixels: a projection.
pub(super) struct Lens {
    there: [[f32; 3]; 3],
    back: [[f32; 3]; 3],
    middle: [f32; 2],
}

impl Lens {
    /// For a page that is tilted by degrees to the side and upwards, and just fits into a picture of its own size.
    pub(super) fn new(tilt: [f32; 2], width: usize, height: usize) -> Lens {
        let [(sin_a, cos_a), (sin_b, cos_b)] = tilt.map(|degrees| degrees.to_radians().sin_cos());
        let far = DISTANCE * width.max(height) as f32;
        let mut there =
            [[cos_a, sin_a * sin_b, 0.0], [0.0, cos_b, 0.0], [-sin_a / far, cos_a * sin_b / far, 1.0]];
        let middle = [width as f32 / 2.0, height as f32 / 2.0];
        let corners = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];
        let fits = corners.iter().flat_map(|[u, v]| {
            let seen = projected(&there, [u * middle[0], v * middle[1]]);
            [0, 1].map(|c| middle[c] / seen[c].abs())
        });
        let scale = fits.fold(f32::MAX, f32::min);
        there[..2].iter_mut().flatten().for_each(|value| *value *= scale);
        Lens { there, back: inverse(&there), middle }
    }

    /// Where a point of the page is in the picture.
    pub(super) fn seen(&self, point: [f32; 2]) -> [f32; 2] {
        self.moved(&self.there, point)
    }

    fn moved(&self, map: &[[f32; 3]; 3], point: [f32; 2]) -> [f32; 2] {
        let seen = projected(map, [0, 1].map(|c| point[c] - self.middle[c]));
        [0, 1].map(|c| seen[c] + self.middle[c])
    }

    /// A layer as it is seen; beyond its edges it goes on as at the edges.
    pub(super) fn layer(&self, layer: &Layer, width: usize, height: usize) -> Layer {
        let at = |k: usize| {
            let [x, y] = self.moved(&self.back, [(k % width) as f32 + 0.5, (k / width) as f32 + 0.5]);
            let place = |at: f32, end: usize| {
                let at = (at - 0.5).clamp(0.0, (end - 1) as f32);
                let first = (at as usize).min(end.saturating_sub(2));
                (first, (first + 1).min(end - 1), at - first as f32)
            };
            let ((left, right, s), (top, bottom, t)) = (place(x, width), place(y, height));
            let [upper, lower] = [top, bottom].map(|y| {
                let (a, b) = (layer[y * width + left], layer[y * width + right]);
                a + (b - a) * s
            });
            upper + (lower - upper) * t
        };
        (0..layer.len()).map(at).collect()
    }
}

fn projected(map: &[[f32; 3]; 3], [x, y]: [f32; 2]) -> [f32; 2] {
    let [u, v, w] = map.map(|[a, b, c]| a * x + b * y + c);
    [u / w, v / w]
}

/// The inverse up to a factor, which a projection does not mind: the adjugate.
fn inverse(m: &[[f32; 3]; 3]) -> [[f32; 3]; 3] {
    std::array::from_fn(|row| {
        std::array::from_fn(|column| {
            let (a, b) = ((column + 1) % 3, (column + 2) % 3);
            let (c, d) = ((row + 1) % 3, (row + 2) % 3);
            m[a][c] * m[b][d] - m[a][d] * m[b][c]
        })
    })
}

/// The picture of a page. `size` is that of the digits in pixels.
pub(super) fn picture(
    mut page: Page,
    lens: Option<&Lens>,
    conditions: &Conditions,
    size: f32,
    random: &mut impl Rng,
) -> RgbImage {
    let (width, height) = (page.width, page.height);
    for layer in [&mut page.ink, &mut page.lines] {
        if layer.iter().all(|&covered| covered == 0.0) {
            continue;
        }
        if let Some(lens) = lens {
            *layer = lens.layer(layer, width, height);
        }
        if let Some(share) = conditions.blur {
            blur(layer, width, share * size);
        }
    }
    let picture = developed(&page, conditions, random);
    match conditions.jpeg {
        Some(quality) => through_jpeg(&picture, quality),
        None => picture,
    }
}

/// A Gaussian of standard deviation `sigma` pixels; at the edges the layer goes on as it ends.
fn blur(layer: &mut Layer, width: usize, sigma: f32) {
    let reach = (2.7 * sigma).ceil() as usize;
    let weights: Vec<f32> =
        (0..2 * reach + 1).map(|k| (-((k as f32 - reach as f32) / sigma).powi(2) / 2.0).exp()).collect();
    let sum: f32 = weights.iter().sum();
    let weights: Vec<f32> = weights.iter().map(|weight| weight / sum).collect();
    let mut padded = vec![0.0; width + 2 * reach];
    for row in layer.chunks_exact_mut(width) {
        padded[..reach].fill(row[0]);
        padded[reach..reach + width].copy_from_slice(row);
        padded[reach + width..].fill(row[width - 1]);
        row.fill(0.0);
        for (weight, window) in weights.iter().zip(padded.windows(width)) {
            row.iter_mut().zip(window).for_each(|(sum, ink)| *sum += weight * ink);
        }
    }
    let before = layer.clone();
    let height = before.len() / width;
    for (y, row) in layer.chunks_exact_mut(width).enumerate() {
        row.fill(0.0);
        for (k, weight) in weights.iter().enumerate() {
            let from = (y + k).saturating_sub(reach).min(height - 1);
            let from = &before[from * width..][..width];
            row.iter_mut().zip(from).for_each(|(sum, ink)| *sum += weight * ink);
        }
    }
}

/// Layers become colours under their light, with noise.
fn developed(page: &Page, conditions: &Conditions, random: &mut impl Rng) -> RgbImage {
    let Colours { paper, ink } = conditions.colours.unwrap_or(Colours { paper: [255; 3], ink: [0; 3] });
    let (paper, ink) = if conditions.light_on_dark { (ink, paper) } else { (paper, ink) };
    let [paper, ink] = [paper, ink].map(|colour| colour.map(f32::from));
    let (width, height) = (page.width, page.height);
    let mut bytes = Vec::with_capacity(3 * width * height);
    for (k, (&written, &printed)) in page.ink.iter().zip(&page.lines).enumerate() {
        // What was written lies over what was printed, which is of the same colour or paler.
        let covered = written.max(printed);
        let bright = conditions.light.map_or(1.0, |light| {
            let at = [(k % width, width), (k / width, height)];
            brightness(&light, at.map(|(at, end)| (2 * at + 1) as f32 / end as f32 - 1.0))
        });
        let noise = conditions.noise.map_or(0.0, |deviation| deviation * bell(random));
        bytes.extend((0..3).map(|c| {
            let colour = paper[c] + (ink[c] - paper[c]) * covered;
            // A conversion to u8 stays between 0 and 255.
            (colour * bright + noise + 0.5) as u8
        }));
    }
    RgbImage::from_raw(width as u32, height as u32, bytes).expect("three bytes were made for each pixel")
}

/// How much light there is at a place, from -1 to 1 across and down.
fn brightness(light: &Light, [x, y]: [f32; 2]) -> f32 {
    let along = |direction: f32| {
        let (sin, cos) = direction.to_radians().sin_cos();
        (x * cos + y * sin) / (cos.abs() + sin.abs())
    };
    match *light {
        Light::Slope { direction, darkest } => 1.0 - (1.0 - darkest) * (1.0 + along(direction)) / 2.0,
        Light::Vignette { darkest } => 1.0 - (1.0 - darkest) * (x * x + y * y) / 2.0,
        Light::Shadow { direction, darkest, place, softness } => {
            let inside = ((along(direction) - place) / softness + 0.5).clamp(0.0, 1.0);
            1.0 - (1.0 - darkest) * inside * inside * (3.0 - 2.0 * inside)
        }
    }
}

/// The sum of four bytes, centred and scaled to a variance of 1: close to a Gaussian, and cheap.
fn bell(random: &mut impl Rng) -> f32 {
    let sum: u32 = random.next_u32().to_le_bytes().into_iter().map(u32::from).sum();
    (sum as f32 - 510.0) / 147.8
}

fn through_jpeg(picture: &RgbImage, quality: u8) -> RgbImage {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .encode_image(picture)
        .expect("a page's sides are 1 to 65535 pixels, as JPEG allows");
    let decoded = image::load(Cursor::new(file), ImageFormat::Jpeg).expect("what was encoded can be decoded");
    decoded.into_rgb8()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lens_leads_there_and_back_and_keeps_the_page_in_the_picture() {
        for tilt in [[0.0, 0.0], [10.0, -10.0], [-7.0, 3.0]] {
            let lens = Lens::new(tilt, 300, 200);
            for point in [[0.0, 0.0], [300.0, 0.0], [0.0, 200.0], [300.0, 200.0], [40.0, 170.0]] {
                let seen = lens.seen(point);
                assert!((-0.01..300.01).contains(&seen[0]) && (-0.01..200.01).contains(&seen[1]), "{seen:?}");
                let back = lens.moved(&lens.back, seen);
                assert!((0..2).all(|c| (back[c] - point[c]).abs() < 0.01), "{point:?} {back:?}");
            }
        }
    }

    #[test]
    fn a_blurred_dot_is_a_bell_with_all_its_ink() {
        let mut layer = vec![0.0; 41 * 41];
        layer[20 * 41 + 20] = 1.0;
        blur(&mut layer, 41, 3.0);
        let variance: f32 = (0..41 * 41).map(|k| layer[k] * (k as f32 % 41.0 - 20.0).powi(2)).sum();
        assert!((layer.iter().sum::<f32>() - 1.0).abs() < 1e-3);
        assert!((variance.sqrt() - 3.0).abs() < 0.15, "{variance}");
    }

    #[test]
    fn light_is_whole_somewhere_and_darkest_elsewhere() {
        let lights = [
            Light::Slope { direction: 30.0, darkest: 0.5 },
            Light::Vignette { darkest: 0.5 },
            Light::Shadow { direction: 200.0, darkest: 0.5, place: 0.1, softness: 0.2 },
        ];
        for light in lights {
            let places = (0..41 * 41).map(|k| [(k % 41) as f32 / 20.0 - 1.0, (k / 41) as f32 / 20.0 - 1.0]);
            let all: Vec<f32> = places.map(|place| brightness(&light, place)).collect();
            let (least, most) = all.iter().fold((9.0f32, 0.0f32), |(a, b), &c| (a.min(c), b.max(c)));
            assert!((least - 0.5).abs() < 1e-4 && (most - 1.0).abs() < 1e-4, "{light:?} {least} {most}");
        }
    }
}
