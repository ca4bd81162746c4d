//! Pages for tests: a few training digits, drawn at a size on paper.

use std::sync::LazyLock;

use lenet::data::{Dataset, Image, Split};
use lenet::read::Grey;

static TRAINING: LazyLock<Split> = LazyLock::new(|| Dataset::bundled().train);

/// Numbers of training digits in plain hands: 5 0 4 1 9 2 1 3 1 4.
pub(crate) const PLAIN: [usize; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/// A sheet of ink, 0 to 1.
#[derive(Clone)]
pub(crate) struct Sketch {
    pub(crate) width: usize,
    pub(crate) height: usize,
    ink: Vec<f32>,
    /// The digits, in reading order.
    pub(crate) text: String,
}

impl Sketch {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        Sketch { width, height, ink: vec![0.0; width * height], text: String::new() }
    }

    /// Lines of five digits, each digit `size` pixels high or wide, with `down` rows more for each column to the right.
    pub(crate) fn lines(numbers: &[usize], size: usize, down: f32) -> Self {
        let lines = numbers.len().div_ceil(5);
        let fall = (down.abs() * 8.0 * size as f32) as usize;
        let mut sketch = Sketch::new(9 * size, 2 * size * lines + size + fall);
        for (k, number) in numbers.iter().enumerate() {
            let (x, y) = (size / 2 + k % 5 * size * 8 / 5, size / 2 + k / 5 * 2 * size);
            let lift = if down < 0.0 { fall } else { 0 };
            sketch.digit(*number, size as f32, x, lift + y + (down * x as f32) as usize);
        }
        sketch
    }

    /// Draws a training digit.
    pub(crate) fn digit(&mut self, number: usize, size: f32, left: usize, top: usize) {
        let image = &TRAINING.images[number];
        let scale = size / 20.0;
        let side = (28.0 * scale) as usize;
        for y in 0..side.min(self.height - top.min(self.height)) {
            for x in 0..side.min(self.width - left.min(self.width)) {
                let ink = between(image, (x as f32 + 0.5) / scale - 0.5, (y as f32 + 0.5) / scale - 0.5);
                let place = &mut self.ink[(top + y) * self.width + left + x];
                *place = place.max(ink);
            }
        }
        self.text.push(char::from(b'0' + TRAINING.labels[number]));
    }

    /// Draws a line of this thickness.
    pub(crate) fn line(&mut self, from: [f32; 2], to: [f32; 2], thickness: f32, ink: f32) {
        let length = (to[0] - from[0]).hypot(to[1] - from[1]);
        let along = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
        for (k, place) in self.ink.iter_mut().enumerate() {
            let at = [(k % self.width) as f32 - from[0], (k / self.width) as f32 - from[1]];
            let on = at[0] * along[0] + at[1] * along[1];
            let off = (at[0] * along[1] - at[1] * along[0]).abs();
            if (0.0..=length).contains(&on) {
                *place = place.max(ink * (thickness / 2.0 + 0.5 - off).clamp(0.0, 1.0));
            }
        }
    }

    /// Black on white.
    pub(crate) fn grey(&self) -> Grey {
        self.on(255.0, 0.0)
    }

    /// Ink of one level on paper of another.
    pub(crate) fn on(&self, paper: f32, ink: f32) -> Grey {
        let pixels = self.ink.iter().map(|share| (paper + (ink - paper) * share).round() as u8).collect();
        Grey { width: self.width, height: self.height, pixels }
    }
}

/// The ink between the pixels of a digit, 0 to 1.
fn between(image: &Image, x: f32, y: f32) -> f32 {
    let at = |x: f32, y: f32| {
        let inside = (0.0..28.0).contains(&x) && (0.0..28.0).contains(&y);
        if inside { f32::from(image[y as usize * 28 + x as usize]) / 255.0 } else { 0.0 }
    };
    let (left, top) = (x.floor(), y.floor());
    let (right, down) = (x - left, y - top);
    let row = |y: f32| at(left, y) * (1.0 - right) + at(left + 1.0, y) * right;
    row(top) * (1.0 - down) + row(top + 1.0) * down
}

/// Every level changed by what stands where.
pub(crate) fn changed(grey: &Grey, change: impl Fn(usize, usize, f32) -> f32) -> Grey {
    let level = |(k, level): (usize, &u8)| {
        change(k % grey.width, k / grey.width, f32::from(*level)).round().clamp(0.0, 255.0) as u8
    };
    Grey { pixels: grey.pixels.iter().enumerate().map(level).collect(), ..*grey }
}

/// The picture with paper of this level around it: left, right, above, below.
pub(crate) fn padded(grey: &Grey, [left, right, above, below]: [usize; 4], paper: u8) -> Grey {
    let (width, height) = (grey.width + left + right, grey.height + above + below);
    let mut pixels = vec![paper; width * height];
    for (y, row) in grey.pixels.chunks_exact(grey.width).enumerate() {
        pixels[(above + y) * width + left..][..grey.width].copy_from_slice(row);
    }
    Grey { width, height, pixels }
}

/// A number from -1 to 1 that looks like chance.
pub(crate) fn noise(x: usize, y: usize) -> f32 {
    let mixed = (x as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (y as u64 + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 29).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 40) as f32 / (1 << 23) as f32 - 1.0
}
