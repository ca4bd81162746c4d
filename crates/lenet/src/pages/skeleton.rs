//! The middle line of strokes: what a pen of no width would have drawn.

/// The middle lines of what is inside, as short segments between points of the grid, smoothed.
///
/// Thinned as in Zhang and Suen, "A fast parallel algorithm for thinning digital patterns" (CACM 27(3), 1984). The grid's border
/// must be outside.
pub(super) fn skeleton(inside: &[bool], columns: usize) -> Vec<[[f32; 2]; 2]> {
    let thin = thinned(inside.to_vec(), columns);
    let points: Vec<usize> = (0..thin.len()).filter(|&k| thin[k]).collect();
    let mut place = vec![usize::MAX; thin.len()];
    points.iter().enumerate().for_each(|(n, &k)| place[k] = n);
    let links: Vec<[usize; 2]> = points
        .iter()
        .flat_map(|&k| forward(&thin, columns, k).into_iter().flatten().map(move |to| [k, to]))
        .map(|ends| ends.map(|k| place[k]))
        .collect();
    let mut places: Vec<[f32; 2]> =
        points.iter().map(|k| [(k % columns) as f32, (k / columns) as f32]).collect();
    for _ in 0..ROUNDS {
        smooth(&mut places, &links);
    }
    let mut alone = vec![true; points.len()];
    links.iter().flatten().for_each(|&n| alone[n] = false);
    let dots = (0..points.len()).filter(|&n| alone[n]).map(|n| [n, n]);
    links.iter().copied().chain(dots).map(|ends| ends.map(|n| places[n])).collect()
}

/// After so many, the stairs of the grid are gone and corners are still there.
const ROUNDS: usize = 5;

/// Every point that is no end goes half way to the middle of those it is linked to.
fn smooth(places: &mut [[f32; 2]], links: &[[usize; 2]]) {
    let mut sums = vec![([0.0; 2], 0.0); places.len()];
    for &[a, b] in links {
        for (to, from) in [(a, b), (b, a)] {
            sums[to].0[0] += places[from][0];
            sums[to].0[1] += places[from][1];
            sums[to].1 += 1.0;
        }
    }
    for (place, (sum, count)) in places.iter_mut().zip(sums).filter(|(_, (_, count))| *count > 1.0) {
        *place = [0, 1].map(|c| (place[c] + sum[c] / count) / 2.0);
    }
}

/// The links of a point to points after it. Corners are cut only where no edge leads there.
fn forward(thin: &[bool], columns: usize, k: usize) -> [Option<usize>; 4] {
    let (right, below) = (k + 1, k + columns);
    let (below_left, below_right) = (below - 1, below + 1);
    [
        thin[right].then_some(right),
        thin[below].then_some(below),
        (thin[below_left] && !thin[below] && !thin[k - 1]).then_some(below_left),
        (thin[below_right] && !thin[below] && !thin[right]).then_some(below_right),
    ]
}

fn thinned(mut inside: Vec<bool>, columns: usize) -> Vec<bool> {
    let mut points: Vec<usize> = (0..inside.len()).filter(|&k| inside[k]).collect();
    loop {
        let before = points.len();
        for second in [false, true] {
            let gone: Vec<usize> =
                points.iter().copied().filter(|&k| may_go(&inside, columns, k, second)).collect();
            gone.iter().for_each(|&k| inside[k] = false);
            points.retain(|&k| inside[k]);
        }
        if points.len() == before {
            return inside;
        }
    }
}

/// The conditions of Zhang and Suen, for the first and the second half of a round.
fn may_go(inside: &[bool], columns: usize, k: usize, second: bool) -> bool {
    // From the one above, clockwise.
    let (above, below) = (k - columns, k + columns);
    let around = [above, above + 1, k + 1, below + 1, below, below - 1, k - 1, above - 1].map(|k| inside[k]);
    let count = around.iter().filter(|&&inside| inside).count();
    let begins = (0..8).filter(|&n| !around[n] && around[(n + 1) % 8]).count();
    let [n, _, e, _, s, _, w, _] = around;
    let open = if second { !(n && w && (e || s)) } else { !(e && s && (n || w)) };
    (2..=6).contains(&count) && begins == 1 && open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_skeleton_of_a_bar_is_its_middle() {
        let inside: Vec<bool> =
            (0..40 * 20).map(|k| (5..35).contains(&(k % 40)) && (7..14).contains(&(k / 40))).collect();
        let segments = skeleton(&inside, 40);
        assert!(segments.len() > 18, "{}", segments.len());
        for [x, y] in segments.iter().flatten() {
            assert!((5.0..35.0).contains(x));
            assert!((9.0..=11.0).contains(y) || !(8.0..32.0).contains(x), "{x} {y}");
        }
    }

    #[test]
    fn a_dot_stays_and_nothing_has_no_skeleton() {
        let mut inside = vec![false; 100];
        assert!(skeleton(&inside, 10).is_empty());
        inside[55] = true;
        assert!(skeleton(&inside, 10) == [[[5.0; 2]; 2]]);
    }
}
