//! Planar affine maps: from a point of the distorted digit back to the point of the original.

use crate::data::SIDE;

/// What does not move: the middle of the 28x28 field, in pixels from the middle of the first pixel.
const MIDDLE: f64 = (SIDE as f64 - 1.0) / 2.0;

/// How a digit is mapped: first larger or smaller, then squeezed, sheared, turned, and at last moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// Pixels down and to the right.
    pub translation: [f64; 2],
    /// Size by size before, > 0.
    pub scale: f64,
    /// Width by width before, and height before by height, > 0.
    pub squeeze: f64,
    /// Pixels to the right for each pixel down.
    pub shear: f64,
    /// Radians, from the x-axis towards the y-axis, which points downwards: clockwise.
    pub rotation: f64,
}

impl Affine {
    /// The map that leaves everything where it is.
    pub const IDENTITY: Affine =
        Affine { translation: [0.0; 2], scale: 1.0, squeeze: 1.0, shear: 0.0, rotation: 0.0 };

    /// The way back: where a point of the distorted digit was, as the point (y, x) that came to (0, 0), and how far it goes on
    /// there for a step down and for a step to the right.
    ///
    /// ```text
    /// forward  p' = A (p - m) + m + t,       A = R H D
    /// back     p  = A^-1 (p' - m - t) + m,   A^-1 = D^-1 H^-1 R^-1
    ///
    /// as (x, y):  R = | cos -sin |   H = | 1 h |   D = | s q   0  |
    ///                 | sin  cos |       | 0 1 |       |  0   s/q |
    /// ```
    pub(super) fn back(&self) -> [[f64; 2]; 3] {
        let (sin, cos) = self.rotation.sin_cos();
        let (wide, high) = (self.scale * self.squeeze, self.scale / self.squeeze);
        let down = [cos / high, (sin - self.shear * cos) / wide];
        let right = [-sin / high, (cos + self.shear * sin) / wide];
        let [y, x] = self.translation.map(|t| -MIDDLE - t);
        [[0, 1].map(|k| MIDDLE + down[k] * y + right[k] * x), down, right]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: Affine = Affine::IDENTITY;

    /// Where a point (y, x) goes, step by step.
    fn forward(affine: &Affine, [y, x]: [f64; 2]) -> [f64; 2] {
        let (y, x) = (y - 13.5, x - 13.5);
        let (y, x) = (y * affine.scale, x * affine.scale);
        let (y, x) = (y / affine.squeeze, x * affine.squeeze);
        let x = x + affine.shear * y;
        let (sin, cos) = (affine.rotation.sin(), affine.rotation.cos());
        let (y, x) = (x * sin + y * cos, x * cos - y * sin);
        [y + 13.5 + affine.translation[0], x + 13.5 + affine.translation[1]]
    }

    #[test]
    fn the_way_back_undoes_the_way_there() {
        let affine =
            Affine { translation: [1.5, -2.0], scale: 0.9, squeeze: 1.2, shear: -0.3, rotation: 0.4 };
        let [origin, down, right] = affine.back();
        for point in [[0.0, 0.0], [27.0, 3.0], [5.0, 20.0]] {
            let [y, x] = forward(&affine, point);
            for k in 0..2 {
                let back = origin[k] + down[k] * y + right[k] * x;
                assert!(f64::abs(back - point[k]) < 1e-12, "{point:?} {k}: {back}");
            }
        }
    }

    #[test]
    fn no_change_is_none_and_a_whole_pixel_is_whole() {
        assert_eq!(IDENTITY.back(), [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
        let moved = Affine { translation: [2.0, -1.0], ..IDENTITY };
        assert_eq!(moved.back()[0], [-2.0, 1.0]);
    }
}
