//! What a thing is hangs on what stands around it: among digits most are digits, among scribbles most are none, and hatching is none.

use std::ops::RangeInclusive;

use super::page::Digit;

/// What is no digit is told as `?` if its height is within these shares of the digits' next to it.
const AS_LARGE: [f32; 2] = [0.6, 1.6];
/// Of things that are none there must be so many around a digit for it to be doubted.
const FEW: usize = 2;
/// Nobody writes so many digits side by side in a place that is no wider than they are high.
const HATCHING: usize = 4;

/// A digit, or what is none.
#[derive(Debug)]
pub(super) struct Thing {
    pub(super) digit: Digit,
    /// From all digits together.
    pub(super) distance: f32,
}

impl Thing {
    /// Of a string, where nobody asks for a distance any more.
    pub(super) fn of_string(digit: Digit) -> Self {
        let distance = if digit.value.is_some() { 0.0 } else { f32::INFINITY };
        Thing { digit, distance }
    }

    pub(super) fn height(&self) -> f32 {
        self.digit.bbox.height as f32
    }

    /// The column in its middle.
    fn middle(&self) -> f32 {
        self.digit.bbox.x as f32 + self.digit.bbox.width as f32 / 2.0
    }
}

/// The heights of what is as large as the digits among these things; none where there are no digits.
pub(super) fn sizes(things: &[Thing]) -> RangeInclusive<f32> {
    let digits = things.iter().filter(|thing| thing.digit.value.is_some());
    let mut heights: Vec<f32> = digits.map(Thing::height).collect();
    heights.sort_unstable_by(f32::total_cmp);
    let usual = heights.get(heights.len() / 2).copied().unwrap_or(f32::INFINITY);
    AS_LARGE[0] * usual..=AS_LARGE[1] * usual
}

/// Where most things of a row are digits, what is as large as they are is one too, up to this distance.
pub(super) fn trust(things: &mut [Thing], limit: f32) {
    let sizes = sizes(things);
    let digits = things.iter().filter(|thing| thing.digit.value.is_some()).count();
    let doubtful = |thing: &Thing| thing.digit.value.is_none() && sizes.contains(&thing.height());
    if digits >= 2 && digits > things.iter().filter(|thing| doubtful(thing)).count() {
        for thing in things {
            if doubtful(thing) && thing.distance <= limit {
                thing.digit.accept();
            }
        }
    }
}

/// Strokes side by side as in hatching, in a bar code or on a tally are not ones.
pub(super) fn hatched(things: &mut [Thing]) {
    let close = |four: &[Thing]| {
        let least = four.iter().map(Thing::height).fold(f32::INFINITY, f32::min);
        four[HATCHING - 1].middle() - four[0].middle() < least
    };
    let starts: Vec<usize> = (0..things.len().saturating_sub(HATCHING - 1))
        .filter(|start| close(&things[*start..start + HATCHING]))
        .collect();
    for start in starts {
        things[start..start + HATCHING].iter_mut().for_each(|thing| thing.digit.reject());
    }
}

/// Among things that are none most are none: of a digit that has as many of its size around it as there are digits, it is asked that it is
/// within this distance.
pub(super) fn doubt(rows: &mut [Vec<Thing>], limit: f32) {
    let all = || rows.iter().flatten();
    let digits = all().filter(|thing| thing.digit.value.is_some()).count();
    let mut none: Vec<f32> = all().filter(|thing| thing.digit.value.is_none()).map(Thing::height).collect();
    none.sort_unstable_by(f32::total_cmp);
    for thing in rows.iter_mut().flatten() {
        let [least, most] = AS_LARGE.map(|share| share * thing.height());
        let around =
            none.partition_point(|height| *height <= most) - none.partition_point(|height| *height < least);
        if thing.digit.value.is_some() && around >= digits.max(FEW) && thing.distance > limit {
            thing.digit.reject();
        }
    }
}

/// Takes what is beyond this distance for none.
pub(super) fn reject_beyond(rows: &mut [Vec<Thing>], limit: f32) {
    let far = |thing: &&mut Thing| thing.distance > limit;
    rows.iter_mut().flatten().filter(far).for_each(|thing| thing.digit.reject());
}

#[cfg(test)]
mod tests {
    use super::super::boxes::Box;
    use super::super::confidence::Likely;
    use super::*;

    fn thing(value: Option<u8>, distance: f32) -> Thing {
        at(0, value, distance)
    }

    fn at(x: usize, value: Option<u8>, distance: f32) -> Thing {
        let bbox = Box { x, y: 0, width: 20, height: 30 };
        Thing { digit: Digit::new(bbox, value, &Likely::of(&[20.0; 10]), [0; 784]), distance }
    }

    fn values<'a>(things: impl IntoIterator<Item = &'a Thing>) -> Vec<Option<u8>> {
        things.into_iter().map(|thing| thing.digit.value).collect()
    }

    #[test]
    fn among_things_that_are_none_a_digit_must_look_more_like_one() {
        let (near, far) = (1.9, 2.1);
        let none = || thing(None, 99.0);
        let values = |mut rows: Vec<Vec<Thing>>| {
            doubt(&mut rows, 2.0);
            values(rows.iter().flatten())
        };
        assert_eq!(values(vec![vec![none(), thing(Some(1), far)], vec![none()]]), [None; 3]);
        assert_eq!(values(vec![vec![none(), thing(Some(1), near), none()]])[1], Some(1));
        // One is not enough, nor are two beside three digits.
        assert_eq!(values(vec![vec![none(), thing(Some(1), far)]])[1], Some(1));
        let three = || vec![thing(Some(2), near), thing(Some(3), near), thing(Some(1), far)];
        assert_eq!(values(vec![three(), vec![none(), none()]])[2], Some(1));
    }

    #[test]
    fn what_is_farther_than_asked_for_is_none() {
        let mut rows = vec![vec![thing(Some(7), 2.9), thing(Some(3), 3.1)], vec![thing(None, 9.0)]];
        reject_beyond(&mut rows, 3.0);
        assert_eq!(values(rows.iter().flatten()), [Some(7), None, None]);
    }

    #[test]
    fn among_digits_a_thing_as_large_is_one_unless_it_looks_like_none_at_all() {
        let last = |distance: f32| {
            let mut things = vec![thing(Some(2), 0.0), thing(Some(3), 0.0), thing(None, distance)];
            trust(&mut things, 7.0);
            things[2].digit.value.is_some()
        };
        assert!(last(6.9) && !last(7.1));
    }

    #[test]
    fn strokes_side_by_side_are_hatching_and_ones_that_have_room_are_ones() {
        let ones = |places: &[usize]| {
            let mut things: Vec<Thing> = places.iter().map(|x| at(*x, Some(1), 0.0)).collect();
            hatched(&mut things);
            values(&things)
        };
        assert_eq!(ones(&[0, 9, 18, 29, 38]), [None; 5]);
        assert_eq!(ones(&[0, 10, 20, 30]), [Some(1); 4]);
        assert_eq!(ones(&[0, 5, 10]), [Some(1); 3]);
        // What stands apart from it stays.
        assert_eq!(ones(&[0, 5, 10, 15, 70])[3..], [None, Some(1)]);
    }
}
