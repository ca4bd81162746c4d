//! A round pen along lines and curves.

use super::Canvas;

/// Points between two points of a curve.
const STEPS: usize = 8;

impl Canvas {
    /// Draws along the points, in pixels from the upper left corner, with a round pen of `width` pixels. One point is a dot.
    pub fn stroke(&mut self, points: &[[f32; 2]], width: f32) {
        if let [point] = points {
            self.segment(*point, *point, width);
        }
        for ends in points.windows(2) {
            self.segment(ends[0], ends[1], width);
        }
    }

    fn segment(&mut self, a: [f32; 2], b: [f32; 2], width: f32) {
        let reach = width / 2.0 + 1.0;
        // A conversion to whole numbers stays in its range, whatever the points are.
        let range = |a: f32, b: f32, end: usize| {
            (a.min(b) - reach).floor().max(0.0) as usize
                ..((a.max(b) + reach).ceil().max(0.0) as usize).min(end)
        };
        for y in range(a[1], b[1], self.height()) {
            for x in range(a[0], b[0], self.width()) {
                let distance = distance([x as f32 + 0.5, y as f32 + 0.5], a, b);
                let ink = (width / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
                self.put(x, y, (ink * 255.0).round() as u8);
            }
        }
    }
}

/// From a point to the nearest point between a and b.
pub(crate) fn distance(point: [f32; 2], a: [f32; 2], b: [f32; 2]) -> f32 {
    let (along, from) = ([b[0] - a[0], b[1] - a[1]], [point[0] - a[0], point[1] - a[1]]);
    let length = along[0] * along[0] + along[1] * along[1];
    let share = ((along[0] * from[0] + along[1] * from[1]) / length.max(1e-12)).clamp(0.0, 1.0);
    let off = [from[0] - share * along[0], from[1] - share * along[1]];
    (off[0] * off[0] + off[1] * off[1]).sqrt()
}

/// A smooth curve through the points, as points that lie closer together: splines of Catmull and Rom.
pub fn curve(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let at = |k: isize| points[k.clamp(0, points.len() as isize - 1) as usize];
    let mut curve = Vec::with_capacity(points.len() * STEPS + 1);
    for k in 0..points.len().saturating_sub(1) as isize {
        let [p, q, r, s] = [at(k - 1), at(k), at(k + 1), at(k + 2)];
        curve.extend((0..STEPS).map(|step| {
            let t = step as f32 / STEPS as f32;
            std::array::from_fn(|c| {
                let (p, q, r, s) = (p[c], q[c], r[c], s[c]);
                let cubic = (3.0 * (q - r) + s - p) * t + 2.0 * p - 5.0 * q + 4.0 * r - s;
                q + 0.5 * t * (r - p + t * cubic)
            })
        }));
    }
    curve.extend(points.last());
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_has_the_width_of_its_pen_and_round_ends() {
        let mut canvas = Canvas::new(40, 20);
        canvas.stroke(&[[10.0, 10.0], [30.0, 10.0]], 6.0);
        let column = |x| (0..20).map(|y| f32::from(canvas.at(x, y)) / 255.0).sum::<f32>();
        assert!((5.9..6.1).contains(&column(20)));
        assert!(column(8) < 5.6 && column(8) > 3.0);
        assert_eq!(column(5), 0.0);
        let mut dot = Canvas::new(9, 9);
        dot.stroke(&[[4.5, 4.5]], 3.0);
        assert_eq!((dot.at(4, 4), dot.at(0, 4), dot.ink_box()), (255, 0, Some([3, 3, 3, 3])));
    }

    #[test]
    fn strokes_may_leave_the_canvas_and_points_may_be_no_numbers() {
        let mut canvas = Canvas::new(10, 10);
        canvas.stroke(&[[-50.0, 5.0], [60.0, 5.0]], 2.0);
        assert_eq!((canvas.at(0, 5), canvas.at(9, 4)), (255, 255));
        canvas.stroke(&[[f32::NAN, 5.0], [f32::INFINITY, f32::NEG_INFINITY]], 2.0);
        canvas.stroke(&[], 2.0);
    }

    #[test]
    fn a_curve_goes_through_its_points() {
        let points = [[0.0, 0.0], [10.0, 5.0], [3.0, 20.0], [0.0, 4.0]];
        let curve = curve(&points);
        assert_eq!(curve.len(), 3 * STEPS + 1);
        for (k, point) in points.iter().enumerate() {
            assert_eq!(curve[k * STEPS], *point);
        }
        assert_eq!(super::curve(&[]), Vec::<[f32; 2]>::new());
    }
}
