//! Every number of the 1998 paper that the code uses, each with its page or equation.
//!
//! Page numbers are those of the authors' 46-page version. What the paper leaves open is answered in
//! `docs/PAPER.md`, not here.
//!
//! ```
//! use lenet::paper;
//!
//! // C3's map 15 is the one that sees all six maps of S2.
//! assert_eq!(paper::TABLE_I[15], &[0, 1, 2, 3, 4, 5]);
//! assert_eq!(paper::eta(1), 0.0005);
//! ```

/// Amplitude of the squashing function f(a) = A tanh(S a) (p. 8, p. 41).
pub const A: f32 = 1.7159;
/// Slope of the squashing function at the origin is A S (p. 41).
pub const S: f32 = 2.0 / 3.0;

/// Table I (p. 8): the maps of S2 that each of the 16 maps of C3 sees, in ascending order.
pub const TABLE_I: [&[usize]; 16] = [
    // every contiguous triple
    &[0, 1, 2],
    &[1, 2, 3],
    &[2, 3, 4],
    &[3, 4, 5],
    &[0, 4, 5],
    &[0, 1, 5],
    // every contiguous quadruple
    &[0, 1, 2, 3],
    &[1, 2, 3, 4],
    &[2, 3, 4, 5],
    &[0, 3, 4, 5],
    &[0, 1, 4, 5],
    &[0, 1, 2, 5],
    // three quadruples with a gap
    &[0, 1, 3, 4],
    &[1, 2, 4, 5],
    &[0, 2, 3, 5],
    // all of them
    &[0, 1, 2, 3, 4, 5],
];
/// Number of 5x5 kernels in C3: the ones of Table I.
pub const KERNELS_C3: usize = 60;

/// Rows of a character code (p. 8).
pub const CODE_ROWS: usize = 12;
/// Columns of a character code (p. 8).
pub const CODE_COLUMNS: usize = 7;
/// Units of F6: one per pixel of a code.
pub const CODE: usize = CODE_ROWS * CODE_COLUMNS;

/// The stylised bitmaps of the ten digits, 7 wide and 12 high (Fig. 3, p. 9): `#` is black and means +1.
pub const BITMAPS: [[[u8; CODE_COLUMNS]; CODE_ROWS]; 10] = [
    [
        *b".#####.",
        *b".......",
        *b"..###..",
        *b".##.##.",
        *b"##...##",
        *b"##...##",
        *b"##...##",
        *b"##...##",
        *b".##.##.",
        *b"..###..",
        *b".......",
        *b".......",
    ],
    [
        *b"...##..",
        *b"..###..",
        *b".####..",
        *b"...##..",
        *b"...##..",
        *b"...##..",
        *b"...##..",
        *b"...##..",
        *b"...##..",
        *b".######",
        *b".......",
        *b".......",
    ],
    [
        *b".#####.",
        *b".......",
        *b".#####.",
        *b"##...##",
        *b"#....##",
        *b"....##.",
        *b"..###..",
        *b".##....",
        *b"##.....",
        *b"#######",
        *b".......",
        *b".......",
    ],
    [
        *b"#######",
        *b".....##",
        *b"....##.",
        *b"...##..",
        *b"..####.",
        *b".....##",
        *b".....##",
        *b".....##",
        *b"##...##",
        *b".#####.",
        *b".......",
        *b".......",
    ],
    [
        *b".#####.",
        *b".......",
        *b".......",
        *b".##..##",
        *b".##..##",
        *b"###..##",
        *b"##...##",
        *b"##...##",
        *b"##..###",
        *b".######",
        *b".....##",
        *b".....##",
    ],
    [
        *b".#####.",
        *b".......",
        *b"#######",
        *b"##.....",
        *b"##.....",
        *b".####..",
        *b"..####.",
        *b".....##",
        *b"##...##",
        *b".#####.",
        *b".......",
        *b".......",
    ],
    [
        *b"..####.",
        *b".##....",
        *b"##.....",
        *b"##.....",
        *b"######.",
        *b"###..##",
        *b"##...##",
        *b"##...##",
        *b"###..##",
        *b".#####.",
        *b".......",
        *b".......",
    ],
    [
        *b"#######",
        *b".....##",
        *b".....##",
        *b"....##.",
        *b"...##..",
        *b"...##..",
        *b"..##...",
        *b"..##...",
        *b"..##...",
        *b"..##...",
        *b".......",
        *b".......",
    ],
    [
        *b".#####.",
        *b"##...##",
        *b"##...##",
        *b"##...##",
        *b".#####.",
        *b"##...##",
        *b"##...##",
        *b"##...##",
        *b"##...##",
        *b".#####.",
        *b".......",
        *b".......",
    ],
    [
        *b".#####.",
        *b"##..###",
        *b"##...##",
        *b"##...##",
        *b"##..###",
        *b".######",
        *b".....##",
        *b".....##",
        *b"....##.",
        *b".####..",
        *b".......",
        *b".......",
    ],
];

/// The fixed parameter vectors w_ij of the ten output units (eq. 7): +1 for black, -1 for white, row by row.
pub const CODES: [[f32; CODE]; 10] = codes();

const fn codes() -> [[f32; CODE]; 10] {
    let mut codes = [[-1.0; CODE]; 10];
    let mut k = 0;
    while k < 10 * CODE {
        let (class, row, column) = (k / CODE, k % CODE / CODE_COLUMNS, k % CODE_COLUMNS);
        if BITMAPS[class][row][column] == b'#' {
            codes[class][k % CODE] = 1.0;
        }
        k += 1;
    }
    codes
}

/// Trainable parameters and connections of the seven layers as pages 7 and 8 print them; None where they do not.
pub const LAYERS: [(Option<usize>, Option<usize>); 7] = [
    (Some(156), Some(122_304)),
    (Some(12), Some(5_880)),
    (Some(1_516), Some(151_600)),
    (Some(32), Some(2_000)),
    (Some(48_120), Some(48_120)),
    (Some(10_164), None),
    (None, None),
];
/// Trainable free parameters (p. 7).
pub const PARAMETERS: usize = 60_000;
/// Connections (p. 7).
pub const CONNECTIONS: usize = 340_908;

/// Passes through the training set (p. 10).
pub const PASSES: usize = 20;
/// The safety constant of the step sizes eta / (mu + h_kk) (p. 10).
pub const MU: f32 = 0.02;
/// Patterns on which the curvature is estimated before each pass (p. 10).
pub const CURVATURE_PATTERNS: usize = 500;
/// The global rates: so many passes at eta, then the next (p. 10).
pub const SCHEDULE: [(usize, f32); 5] = [(2, 0.0005), (3, 0.0002), (3, 0.0001), (4, 0.00005), (8, 0.00001)];
/// The range of the step sizes in the first pass, as the paper quotes it (p. 10).
pub const STEP_SIZES: (f32, f32) = (7e-5, 0.016);

/// The global rate of a pass, counted from 1; after the schedule's end its last rate.
pub const fn eta(pass: usize) -> f32 {
    let (mut stage, mut end) = (0, SCHEDULE[0].0);
    while pass > end && stage + 1 < SCHEDULE.len() {
        stage += 1;
        end += SCHEDULE[stage].0;
    }
    SCHEDULE[stage].1
}

/// Points by which the error rates of the comparison are uncertain, in % (p. 12).
pub const UNCERTAINTY: f64 = 0.1;
/// Test error of LeNet-5 without distortions, in % (p. 10).
pub const TEST_ERROR: f64 = 0.95;
/// Training error at the end, in % (p. 10).
pub const TRAINING_ERROR: f64 = 0.35;
/// Test error in % after each pass, read from the marks of Fig. 5 (p. 11), +- 0.03.
pub const FIG_5_TEST: [f64; 21] = [
    2.65, 2.24, 1.48, 1.43, 1.43, 1.09, 1.04, 1.07, 0.99, 0.96, 0.96, 0.99, 0.96, 0.96, 0.96, 0.96, 0.96,
    0.96, 0.96, 0.96, 0.96,
];
/// Training error in % during each pass, read from the marks of Fig. 5 (p. 11), +- 0.03.
pub const FIG_5_TRAINING: [f64; 21] = [
    4.89, 3.04, 1.77, 1.48, 1.22, 0.91, 0.78, 0.70, 0.57, 0.49, 0.47, 0.44, 0.42, 0.39, 0.39, 0.39, 0.39,
    0.36, 0.36, 0.36, 0.36,
];

/// Digits trained on in Fig. 6 (p. 11), without distortions.
pub const FIG_6_DIGITS: [usize; 3] = [15_000, 30_000, 60_000];
/// Test error in % after training on so many digits, read from the marks of Fig. 6 (p. 11), +- 0.03.
pub const FIG_6_TEST: [f64; 3] = [1.68, 1.14, 0.94];
/// Training error in % on so many digits, read likewise.
pub const FIG_6_TRAINING: [f64; 3] = [0.05, 0.31, 0.35];
/// Test error in % after training on 60,000 digits and distorted ones (Fig. 6, p. 11): the 82 digits of Fig. 8.
pub const TEST_ERROR_DISTORTED: f64 = 0.82;

/// A system of the comparison on digits as they are.
#[derive(Clone, Copy, Debug)]
pub struct System {
    /// Its name here.
    pub name: &'static str,
    /// Test error in % (Fig. 9, p. 12).
    pub error: f64,
    /// Thousands of multiply-adds for a digit (Fig. 11, p. 14), where given.
    pub multiply_adds: Option<usize>,
    /// Thousands of numbers stored (Fig. 12, p. 15), where given.
    pub stored: Option<usize>,
}

/// Fig. 9 (p. 12) with Figs. 11 and 12 (p. 14-15): the systems that are built here, on digits neither deslanted nor distorted; those of
/// LeNet-1 were of 16x16 pixels. The bars of Figs. 11 and 12 for the linear classifier and for nearest neighbours belong to deslanted digits of
/// 20x20 pixels, so that they are left out.
pub const FIG_9: [System; 9] = [
    System { name: "linear", error: 12.0, multiply_adds: None, stored: None },
    System { name: "k-nearest", error: 5.0, multiply_adds: None, stored: None },
    System { name: "mlp-300", error: 4.7, multiply_adds: None, stored: None },
    System { name: "mlp-1000", error: 4.5, multiply_adds: Some(795), stored: Some(795) },
    System { name: "mlp-300-100", error: 3.05, multiply_adds: Some(267), stored: Some(267) },
    System { name: "mlp-500-150", error: 2.95, multiply_adds: Some(469), stored: Some(469) },
    System { name: "lenet-1", error: 1.7, multiply_adds: Some(100), stored: Some(3) },
    System { name: "lenet-4", error: 1.1, multiply_adds: Some(260), stored: Some(17) },
    System { name: "lenet-5", error: 0.95, multiply_adds: Some(401), stored: Some(60) },
];
/// Test error of boosted LeNet-4 in %, trained on distorted digits (p. 14, Fig. 9).
pub const BOOSTED_TEST_ERROR: f64 = 0.7;

/// Share of the test digits in % that are rejected for an error of 0.5 % among the others (Fig. 10, p. 14), of the networks
/// there; LeNet-5 is not among them.
pub const FIG_10: [(&str, f64); 3] =
    [("LeNet-1", 3.7), ("LeNet-4", FIG_10_LENET_4), ("boosted LeNet-4", 0.5)];
/// That of LeNet-4.
pub const FIG_10_LENET_4: f64 = 1.8;
/// Multiply-adds of LeNet-5 in thousands (Fig. 11, p. 14).
pub const FIG_11_LENET_5: usize = 401;
/// Variables of LeNet-5 to store, in thousands (Fig. 12, p. 15).
pub const FIG_12_LENET_5: usize = 60;

/// Degrees of rotation either way up to which LeNet-5 is said to be robust (p. 16).
pub const ROBUST_ROTATION: f64 = 30.0;
/// The factor of scale up to which it is said to be robust (p. 16).
pub const ROBUST_SCALE: f64 = 2.0;
/// Pixels of vertical shift up to which it is said to be robust (p. 16): half the height of a digit, which is 20 (p. 10).
pub const ROBUST_SHIFT: f64 = 10.0;
/// Probability with which a pixel was inverted in the noisy training digits (p. 16).
pub const NOISE: f64 = 0.1;

/// The test digits whose label is wrong, by index in the test file and label. Not in the paper: Northcutt, Athalye and
/// Mueller, "Pervasive label errors in test sets destabilize machine learning benchmarks" (2021), those of MNIST that fewer
/// than three of five people read as labelled.
pub const LABEL_ERRORS: [(usize, u8); 15] = [
    (947, 8),
    (1621, 0),
    (1901, 9),
    (2130, 4),
    (2462, 2),
    (2597, 5),
    (2654, 6),
    (3520, 6),
    (3558, 5),
    (5937, 5),
    (6651, 0),
    (6783, 1),
    (8527, 4),
    (9679, 6),
    (9729, 5),
];

/// The 82 test digits that the paper's network misreads (Fig. 8, p. 11): index in the test file, truth, answer.
#[rustfmt::skip]
pub const FIG_8: [(usize, u8, u8); 82] = [
    (247, 4, 6), (449, 3, 5), (582, 8, 2), (659, 2, 1), (674, 5, 3), (829, 4, 8), (926, 2, 8), (938, 3, 5),
    (1014, 6, 5), (1039, 7, 3), (1232, 9, 4), (1319, 8, 0), (1328, 7, 8), (1393, 5, 3), (1530, 8, 7),
    (1621, 0, 6), (1681, 3, 7), (1790, 2, 7), (1878, 8, 3), (1901, 9, 4), (1955, 8, 2), (2035, 5, 3),
    (2043, 4, 8), (2109, 3, 9), (2118, 6, 0), (2129, 9, 8), (2130, 4, 9), (2135, 6, 1), (2293, 9, 4),
    (2387, 9, 1), (2414, 9, 4), (2462, 2, 0), (2654, 6, 1), (2921, 3, 5), (2927, 3, 2), (2939, 9, 5),
    (3030, 6, 0), (3422, 6, 0), (3520, 6, 0), (3762, 6, 8), (3780, 4, 6), (3808, 7, 3), (3869, 9, 4),
    (3941, 4, 6), (4176, 2, 7), (4224, 9, 7), (4265, 4, 3), (4369, 9, 4), (4405, 9, 4), (4425, 9, 4),
    (4497, 8, 7), (4575, 4, 2), (4601, 8, 4), (4740, 3, 5), (4956, 8, 4), (5736, 6, 5), (5749, 8, 5),
    (5955, 3, 8), (5973, 3, 8), (6091, 9, 8), (6101, 1, 5), (6173, 9, 8), (6538, 6, 3), (6557, 0, 2),
    (6558, 6, 5), (6571, 9, 5), (6597, 0, 7), (6783, 1, 6), (7434, 4, 9), (8059, 2, 1), (8094, 2, 8),
    (8408, 8, 5), (8527, 4, 9), (9009, 7, 2), (9015, 7, 2), (9679, 6, 5), (9692, 9, 7), (9698, 6, 1),
    (9729, 5, 6), (9770, 5, 0), (9792, 4, 9), (9904, 2, 8),
];

const _: () = {
    assert!(PASSES == SCHEDULE[0].0 + SCHEDULE[1].0 + SCHEDULE[2].0 + SCHEDULE[3].0 + SCHEDULE[4].0);
    let (mut kernels, mut o) = (0, 0);
    while o < TABLE_I.len() {
        kernels += TABLE_I[o].len();
        o += 1;
    }
    assert!(kernels == KERNELS_C3);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_map_of_s2_feeds_ten_maps_of_c3() {
        for i in 0..6 {
            assert_eq!(TABLE_I.iter().filter(|maps| maps.contains(&i)).count(), 10, "map {i}");
        }
    }

    #[test]
    fn the_closest_codes_are_6_and_8_and_their_squared_distance_is_48() {
        let distance = |a: usize, b: usize| -> f32 {
            CODES[a].iter().zip(&CODES[b]).map(|(x, w)| (x - w) * (x - w)).sum()
        };
        let pairs = (0..10).flat_map(|a| (0..a).map(move |b| (a, b)));
        let (a, b) = pairs.min_by(|p, q| distance(p.0, p.1).total_cmp(&distance(q.0, q.1))).unwrap();
        assert_eq!((a, b, distance(a, b)), (8, 6, 48.0));
    }

    #[test]
    fn the_codes_have_as_many_black_pixels_as_in_figure_3() {
        let black = CODES.map(|code| code.iter().filter(|&&w| w == 1.0).count());
        assert_eq!(black, [35, 27, 33, 32, 41, 35, 39, 25, 43, 39]);
    }

    #[test]
    fn ten_of_the_wrong_labels_are_among_the_82() {
        let among = |index: &usize| FIG_8.iter().any(|(known, ..)| known == index);
        assert_eq!(LABEL_ERRORS.iter().filter(|(index, _)| among(index)).count(), 10);
        let truth =
            |index: &usize| FIG_8.iter().find(|(known, ..)| known == index).map(|(_, truth, _)| *truth);
        assert!(LABEL_ERRORS.iter().all(|(index, label)| truth(index).is_none_or(|truth| truth == *label)));
    }

    #[test]
    fn the_rate_falls_five_times_and_then_stays() {
        let rates: Vec<f32> = (1..=21).map(eta).collect();
        assert_eq!(rates[..4], [0.0005, 0.0005, 0.0002, 0.0002]);
        assert_eq!(rates[10..14], [0.00005, 0.00005, 0.00001, 0.00001]);
        assert_eq!(rates[20], 0.00001);
    }
}
