//! Digits from images: a network with its work space, for one image or for millions.
//!
//! ```
//! use lenet::classify::Classifier;
//! use lenet::kernels::level::Level;
//! use lenet::net::Parameters;
//! use lenet::workers::Workers;
//!
//! let mut classifier = Classifier::new(Parameters::zeros(), Level::new());
//! let answer = classifier.classify_one(&[0; 784]);
//! println!("digit {}, penalty {}", answer.digit(), answer.penalty());
//!
//! // Many images, on all cores; the answers go where the caller wants them.
//! let images = vec![[0; 784]; 100];
//! let mut answers = vec![Default::default(); images.len()];
//! classifier.classify(&images, &mut answers, &Workers::all()?);
//! assert_eq!(answers[99].digit(), answer.digit());
//! # Ok::<(), lenet::workers::WorkersError>(())
//! ```

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use rayon::prelude::*;

use crate::data::Image;
use crate::data::normalise::INPUT;
use crate::kernels::level::{self, Level};
use crate::net::tile::{self, TileState};
use crate::net::{self, Parameters, State};
use crate::workers::{PerWorker, Workers};

/// Images that a worker takes at a time: many tiles, so that sharing out costs nothing, and few enough that no worker
/// is left with much when the others are done.
const PORTION: usize = 128;

/// A worker computes two tiles at a time, whose images meet C5 and F6 together.
type Tiles = [TileState; 2];

/// Answers to images, and the work space that they take: made once, used again and again without allocating.
#[derive(Debug)]
pub struct Classifier {
    parameters: Parameters,
    level: Level,
    single: State,
    /// Work space of the workers that [`Classifier::classify`] was last given.
    tiles: Option<PerWorker<Tiles>>,
}

impl Classifier {
    /// A classifier with this network.
    pub fn new(parameters: Parameters, level: Level) -> Self {
        let mut single = State::new();
        net::lay_out(level, &parameters, &mut single);
        Classifier { parameters, level, single, tiles: None }
    }

    /// The network.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The answer to one image, as soon as possible and on the thread that asks.
    pub fn classify_one(&mut self, image: &Image) -> Answer {
        let (parameters, state) = (&self.parameters, &mut self.single);
        dispatch!(self.level, simd => net::answer_at(simd, parameters, state, image));
        Answer { penalties: *self.single.output() }
    }

    /// The answer to one input of 32x32 values, scaled as `data::normalise` scales them.
    pub fn classify_input(&mut self, input: &[f32; INPUT * INPUT]) -> Answer {
        self.single.set_input(input);
        let (parameters, state) = (&self.parameters, &mut self.single);
        dispatch!(self.level, simd => net::forward_at(simd, parameters, state));
        Answer { penalties: *self.single.output() }
    }

    /// The answers to many images, each in its image's place, on all workers.
    ///
    /// The penalties differ from those of [`Classifier::classify_one`] in the last bits, since sums run in another order; they do not
    /// depend on the number of images or of workers. Only the first call with a number of workers allocates.
    ///
    /// # Panics
    /// When there are not as many answers as images.
    pub fn classify(&mut self, images: &[Image], answers: &mut [Answer], workers: &Workers) {
        assert_eq!(images.len(), answers.len(), "there is a place for the answer to every image");
        let tiles = match self.tiles.take() {
            Some(tiles) if tiles.len() == workers.threads() => tiles,
            _ => PerWorker::new(workers, || tiles(self.level)),
        };
        answer_all(self.level, &self.parameters, images, answers, &tiles, workers);
        self.tiles = Some(tiles);
    }
}

/// The answers to some images or fields, on the thread that asks: for callers who share out something larger than images.
///
/// The penalties are those of [`Classifier::classify`], bit for bit. Every call makes its work space, about 0.4 MB.
///
/// ```
/// use lenet::classify;
/// use lenet::kernels::level::Level;
/// use lenet::net::Parameters;
///
/// let answers = classify::answers(Level::new(), &Parameters::zeros(), &[[0; 784]; 3]);
/// assert_eq!(answers.len(), 3);
/// ```
pub fn answers<const AREA: usize>(
    level: Level,
    parameters: &Parameters,
    images: &[[u8; AREA]],
) -> Vec<Answer> {
    let mut answers = vec![Answer::default(); images.len()];
    let tiles = &mut tiles(level);
    dispatch!(level, simd => answer_portion(simd, parameters, images, &mut answers, tiles));
    answers
}

/// Work space for a worker.
fn tiles(level: Level) -> Tiles {
    [(); 2].map(|()| TileState::new::<false>(level::lanes(level)))
}

/// Answers to as many images.
fn answer_all(
    level: Level,
    parameters: &Parameters,
    images: &[Image],
    answers: &mut [Answer],
    tiles: &PerWorker<Tiles>,
    workers: &Workers,
) {
    // Few images are shared out too, in whole tiles.
    let share = answers.len().div_ceil(workers.threads()).next_multiple_of(level::lanes(level));
    let portion = share.clamp(1, PORTION);
    workers.enter(|| {
        let portions = answers.par_chunks_mut(portion).zip(images.par_chunks(portion));
        portions.with_max_len(1).for_each(|(answers, images)| {
            let tiles = &mut *tiles.mine();
            dispatch!(level, simd => answer_portion(simd, parameters, images, answers, tiles));
        });
    });
}

#[simd]
fn answer_portion<S: Simd, const AREA: usize>(
    simd: S,
    parameters: &Parameters,
    images: &[[u8; AREA]],
    answers: &mut [Answer],
    tiles: &mut Tiles,
) {
    let lanes = S::f32s::LEN;
    for (tile, _) in tiles.iter_mut().zip(images.chunks(lanes)) {
        tile.set_kernels(parameters);
    }
    for (images, answers) in images.chunks(2 * lanes).zip(answers.chunks_mut(2 * lanes)) {
        let tiles = &mut tiles[..images.len().div_ceil(lanes)];
        for (tile, images) in tiles.iter_mut().zip(images.chunks(lanes)) {
            tile.set_images(simd, images);
        }
        tile::penalties_at(simd, parameters, tiles);
        for (n, answer) in answers.iter_mut().enumerate() {
            answer.penalties = tiles[n / lanes].penalties(n % lanes);
        }
    }
}

/// What the network makes of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Answer {
    /// The penalties of the ten classes: the squared distance of F6's states to the code of each (eq. 7), >= 0.
    pub penalties: [f32; 10],
}

impl Answer {
    /// The class with the smallest penalty.
    pub fn digit(&self) -> u8 {
        net::class(&self.penalties)
    }

    /// The smallest penalty: small is sure.
    pub fn penalty(&self) -> f32 {
        self.penalties[usize::from(self.digit())]
    }

    /// The class with the smallest penalty but one.
    pub fn runner_up(&self) -> u8 {
        let mut others = self.penalties;
        others[usize::from(self.digit())] = f32::INFINITY;
        net::class(&others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a place for the answer to every image")]
    fn an_image_without_a_place_for_its_answer_is_a_mistake_of_the_caller() {
        let mut classifier = Classifier::new(Parameters::zeros(), Level::new());
        classifier.classify(&[[0; 784]; 3], &mut [Answer::default(); 2], &Workers::new(1).unwrap());
    }
}
