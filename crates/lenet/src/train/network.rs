//! What training needs of a network, and the two that have it: LeNet-5 with kernels of its own, and any stack of layers.

use std::fmt;

use fearless_simd::Simd;
use rand::rngs::ChaCha8Rng;

use super::muon::Matrix;
use super::run::Training;
use crate::classify::{Answer, Classifier};
use crate::data::Image;
use crate::kernels::level::Level;
use crate::net::tile::{self, Tally, TileGradient, TileState};
use crate::net::{Criterion, Dense, Initial, LeNet5, Parameters, Truth};
use crate::systems::{self, Kind, Space, Stack, StackParameters, StackTensor};
use crate::workers::Workers;

/// A network that can be trained: [`LeNet5`], or a [`Stack`] for every other.
///
/// What is hidden here is for this crate alone, and no other type can be one.
pub trait Network: sealed::Sealed + Clone + fmt::Debug + Send + Sync {
    /// A value for each trainable parameter.
    type Parameters: Values;
    /// What a worker computes in, and sums up the gradient of some images in.
    #[doc(hidden)]
    type Space: fmt::Debug + Send;

    /// Whether the paper's on-line training can train it.
    const ONLINE: bool;

    /// The name on the command line.
    fn name(&self) -> &str;

    /// All parameters zero.
    fn zeros(&self) -> Self::Parameters;

    /// The parameters before the first pass.
    fn draw(&self, initial: &Initial, random: &mut ChaCha8Rng) -> Self::Parameters;

    /// The answers to images, on all workers.
    fn answers(
        &self,
        level: Level,
        parameters: &Self::Parameters,
        images: &[Image],
        workers: &Workers,
    ) -> Vec<Answer>;

    /// Work space for tiles of so many lanes, and to sum up the gradient of at most so many images.
    #[doc(hidden)]
    fn space(&self, lanes: usize, images: usize) -> Self::Space;

    /// Makes ready for these parameters and forgets the images so far.
    #[doc(hidden)]
    fn begin(&self, parameters: &Self::Parameters, space: &mut Self::Space);

    /// Adds the images or fields, from 1 to as many as there are lanes, with what they are to be, to those whose gradient is summed up.
    #[doc(hidden)]
    fn learn<S: Simd, const AREA: usize>(
        &self,
        simd: S,
        parameters: &Self::Parameters,
        examples: (&[[u8; AREA]], &[Truth]),
        criterion: &Criterion,
        space: &mut Self::Space,
        tally: &mut Tally,
    );

    /// Writes the gradient of all images since [`Network::begin`].
    #[doc(hidden)]
    fn finish<S: Simd>(&self, simd: S, space: &Self::Space, gradient: &mut Self::Parameters);

    /// The weights between hidden layers, which Muon takes as matrices.
    #[doc(hidden)]
    fn matrices(&self) -> Vec<Matrix>;

    /// The run as one of LeNet-5, if it is: the only network with the paper's on-line training.
    #[doc(hidden)]
    fn lenet_5(training: &mut Training<Self>) -> Option<&mut Training> {
        let _ = training;
        None
    }
}

/// Values for the parameters of a network, in the order of its tensors.
pub trait Values: Clone + fmt::Debug + PartialEq + Send + Sync {
    /// All values.
    fn as_slice(&self) -> &[f32];

    /// All values, to be changed.
    fn as_mut_slice(&mut self) -> &mut [f32];
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::net::LeNet5 {}
    impl Sealed for crate::systems::Stack {}
}

impl Values for Parameters {
    fn as_slice(&self) -> &[f32] {
        self.as_slice()
    }

    fn as_mut_slice(&mut self) -> &mut [f32] {
        self.as_mut_slice()
    }
}

impl Values for StackParameters {
    fn as_slice(&self) -> &[f32] {
        self.as_slice()
    }

    fn as_mut_slice(&mut self) -> &mut [f32] {
        self.as_mut_slice()
    }
}

impl Network for LeNet5 {
    type Parameters = Parameters;
    type Space = (TileState, TileGradient);
    const ONLINE: bool = true;

    fn name(&self) -> &str {
        "lenet-5"
    }

    fn zeros(&self) -> Parameters {
        Parameters::zeros()
    }

    fn draw(&self, initial: &Initial, random: &mut ChaCha8Rng) -> Parameters {
        initial.draw(random)
    }

    fn answers(&self, level: Level, p: &Parameters, images: &[Image], workers: &Workers) -> Vec<Answer> {
        let mut answers = vec![Answer::default(); images.len()];
        Classifier::new(p.clone(), level).classify(images, &mut answers, workers);
        answers
    }

    fn space(&self, lanes: usize, images: usize) -> Self::Space {
        (TileState::new::<true>(lanes), TileGradient::new(lanes, images))
    }

    fn begin(&self, p: &Parameters, (state, work): &mut Self::Space) {
        state.set_kernels(p);
        work.clear();
    }

    #[inline(always)]
    fn learn<S: Simd, const AREA: usize>(
        &self,
        simd: S,
        p: &Parameters,
        (images, truths): (&[[u8; AREA]], &[Truth]),
        criterion: &Criterion,
        (state, work): &mut Self::Space,
        tally: &mut Tally,
    ) {
        state.set_images(simd, images);
        tile::forward_at(simd, p, state);
        tile::backward_at(simd, p, state, criterion, truths, work, tally);
    }

    #[inline(always)]
    fn finish<S: Simd>(&self, simd: S, (_, work): &Self::Space, gradient: &mut Parameters) {
        work.finish(simd, gradient);
    }

    fn matrices(&self) -> Vec<Matrix> {
        let dense = |layer: &Dense| Matrix::dense(layer.first, layer.outputs, layer.inputs);
        let c3 = Matrix::convolution(self.c3.first, self.c3.table, self.s2.maps);
        vec![c3, dense(&self.c5), dense(&self.f6)]
    }

    fn lenet_5(training: &mut Training<Self>) -> Option<&mut Training> {
        Some(training)
    }
}

impl Network for Stack {
    type Parameters = StackParameters;
    type Space = Space;
    const ONLINE: bool = false;

    fn name(&self) -> &str {
        &self.plan().name
    }

    fn zeros(&self) -> StackParameters {
        self.zeros()
    }

    fn draw(&self, initial: &Initial, random: &mut ChaCha8Rng) -> StackParameters {
        self.draw(initial, random)
    }

    fn answers(&self, level: Level, p: &StackParameters, images: &[Image], workers: &Workers) -> Vec<Answer> {
        self.answers(level, p, images, workers)
    }

    fn space(&self, lanes: usize, images: usize) -> Space {
        Space::for_learning(self, lanes, images)
    }

    fn begin(&self, p: &StackParameters, space: &mut Space) {
        systems::begin(self, p, space);
    }

    #[inline(always)]
    fn learn<S: Simd, const AREA: usize>(
        &self,
        simd: S,
        p: &StackParameters,
        (images, truths): (&[[u8; AREA]], &[Truth]),
        criterion: &Criterion,
        space: &mut Space,
        tally: &mut Tally,
    ) {
        space.set_images(simd, images);
        systems::forward(simd, self, p, space);
        space.set_criterion(criterion, truths, tally);
        systems::backward(simd, self, p, space);
    }

    #[inline(always)]
    fn finish<S: Simd>(&self, simd: S, space: &Space, gradient: &mut StackParameters) {
        systems::finish(simd, self, space, gradient);
    }

    fn matrices(&self) -> Vec<Matrix> {
        let layers = &self.plan().layers;
        let matrix = |tensor: StackTensor| match &layers.get(tensor.layer).filter(|_| tensor.layer > 0)?.kind
        {
            Kind::Convolution { table } if tensor.shape.len() > 1 => {
                Some(Matrix::convolution(tensor.range.start, table, tensor.inputs))
            }
            Kind::Dense { units } if tensor.shape.len() > 1 => {
                Some(Matrix::dense(tensor.range.start, *units, tensor.range.len() / units))
            }
            _ => None,
        };
        self.tensors().into_iter().filter_map(matrix).collect()
    }
}
