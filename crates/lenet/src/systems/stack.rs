//! A network built from a plan: its parameters, how they are drawn, its answers.

use std::ops::Range;

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use rand::Rng;
use rayon::prelude::*;

use super::forward;
use super::plan::{Kind, Placed, Plan, PlanError};
use super::space::Space;
use crate::classify::Answer;
use crate::kernels::TAPS;
use crate::kernels::aligned::Buffer;
use crate::kernels::level::{self, Level};
use crate::net::{Initial, LayerFacts};
use crate::workers::{PerWorker, Workers};

/// Images that a worker takes at a time.
const PORTION: usize = 128;

/// A network of any [`Plan`].
#[derive(Clone, Debug)]
pub struct Stack {
    plan: Plan,
    pub(super) layers: Vec<Placed>,
    facts: Vec<LayerFacts>,
}

/// A value for each trainable parameter of a [`Stack`], layer by layer, weights or coefficients before biases.
#[derive(Clone, Debug, PartialEq)]
pub struct StackParameters(Buffer);

/// What a layer makes of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerStates {
    /// The layer's name, as in `C1`; the input's is "input".
    pub name: &'static str,
    /// Maps or units.
    pub maps: usize,
    /// Rows and columns of a map.
    pub side: usize,
    /// The states, map after map, row after row.
    pub values: Vec<f32>,
}

/// A named part of [`StackParameters`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackTensor {
    /// Name in the manner of PyTorch: layer, then what it is, as in `h1.weight`.
    pub name: String,
    /// Shape, outermost index first; a convolution's kernels are `[connection of its table][5][5]`.
    pub shape: Vec<usize>,
    /// Place in the buffer.
    pub range: Range<usize>,
    /// Index of its layer in the plan; that of a linear output is the number of layers there.
    pub layer: usize,
    /// Maps or units that the layer sees.
    pub inputs: usize,
}

impl Stack {
    /// The network of a plan.
    ///
    /// # Errors
    /// [`PlanError`], with the layer that does not fit.
    pub fn new(plan: Plan) -> Result<Self, PlanError> {
        Ok(Stack { layers: plan.place()?, facts: plan.facts()?, plan })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The table of layers.
    pub fn facts(&self) -> &[LayerFacts] {
        &self.facts
    }

    /// Number of trainable parameters.
    pub fn parameters(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.biases.end)
    }

    /// All parameters zero.
    pub fn zeros(&self) -> StackParameters {
        StackParameters(Buffer::zeros(self.parameters()))
    }

    /// Draws all parameters in the order of the buffer: weights by their fan-in, coefficients constant, biases zero.
    pub fn draw(&self, initial: &Initial, random: &mut impl Rng) -> StackParameters {
        let mut drawn = self.zeros();
        for layer in &self.layers {
            let weights = &mut drawn.0[layer.weights.clone()];
            match &layer.layer.kind {
                Kind::Convolution { table } => {
                    let mut kernels = weights;
                    for inputs in table {
                        let (map, rest) = kernels.split_at_mut(inputs.len() * TAPS);
                        initial.draw_weights(map, inputs.len() * TAPS, random);
                        kernels = rest;
                    }
                }
                Kind::Subsampling { .. } => weights.fill(initial.coefficient),
                Kind::Dense { .. } => initial.draw_weights(weights, layer.inputs.units(), random),
            }
        }
        drawn
    }

    /// The tensors in the order of the buffer.
    pub fn tensors(&self) -> Vec<StackTensor> {
        let mut tensors = Vec::new();
        for (k, layer) in self.layers.iter().enumerate() {
            let name = layer.layer.name.to_lowercase();
            let (what, shape) = match &layer.layer.kind {
                Kind::Convolution { .. } => ("weight", vec![layer.weights.len() / TAPS, 5, 5]),
                Kind::Subsampling { .. } => ("coefficient", vec![layer.weights.len()]),
                Kind::Dense { units } => ("weight", vec![*units, layer.inputs.units()]),
            };
            let parts = [(what, shape, &layer.weights), ("bias", vec![layer.biases.len()], &layer.biases)];
            tensors.extend(parts.into_iter().filter(|(_, _, range)| !range.is_empty()).map(
                |(what, shape, range)| StackTensor {
                    name: format!("{name}.{what}"),
                    shape,
                    range: range.clone(),
                    layer: k,
                    inputs: layer.inputs.maps,
                },
            ));
        }
        tensors
    }

    /// The states of all layers for one picture of 28x28 or 32x32 grey levels, from the input to the ten penalties, which are called
    /// "output".
    ///
    /// ```
    /// use lenet::kernels::level::Level;
    /// use lenet::systems::{Plan, Stack};
    ///
    /// let stack = Stack::new(Plan::lenet_1())?;
    /// let states = stack.states(Level::new(), &stack.zeros(), &[0; 784]);
    /// assert_eq!(states.iter().map(|layer| layer.name).collect::<Vec<_>>(), ["input", "H1", "H2", "H3", "H4", "output"]);
    /// # Ok::<(), lenet::systems::PlanError>(())
    /// ```
    pub fn states<const AREA: usize>(
        &self,
        level: Level,
        parameters: &StackParameters,
        picture: &[u8; AREA],
    ) -> Vec<LayerStates> {
        let lanes = level::lanes(level);
        let space = &mut Space::for_answers(self, lanes);
        let pictures = std::slice::from_ref(picture);
        dispatch!(level, simd => states_of(simd, self, parameters, pictures, space));
        let mut states = vec![LayerStates {
            name: "input",
            maps: 1,
            side: self.plan.inside,
            values: space.states[0].iter().step_by(lanes).copied().collect(),
        }];
        // A linear output is the last layer here; its penalties are told instead.
        for (layer, values) in self.layers.iter().take(self.plan.layers.len()).zip(&space.states[1..]) {
            states.push(LayerStates {
                name: layer.layer.name,
                maps: layer.outputs.maps,
                side: layer.outputs.side,
                values: values.iter().step_by(lanes).copied().collect(),
            });
        }
        let penalties = space.penalties(0).to_vec();
        states.push(LayerStates { name: "output", maps: penalties.len(), side: 1, values: penalties });
        states
    }

    /// The answers to many images or fields, on all workers; they do not depend on the number of images or of workers.
    pub fn answers<const AREA: usize>(
        &self,
        level: Level,
        parameters: &StackParameters,
        images: &[[u8; AREA]],
        workers: &Workers,
    ) -> Vec<Answer> {
        let spaces = PerWorker::new(workers, || Space::for_answers(self, level::lanes(level)));
        let mut answers = vec![Answer::default(); images.len()];
        workers.enter(|| {
            answers.par_chunks_mut(PORTION).zip(images.par_chunks(PORTION)).for_each(|(answers, images)| {
                let space = &mut *spaces.mine();
                dispatch!(level, simd => answer_portion(simd, self, parameters, images, answers, space));
            });
        });
        answers
    }
}

#[simd]
fn states_of<S: Simd, const AREA: usize>(
    simd: S,
    stack: &Stack,
    parameters: &StackParameters,
    pictures: &[[u8; AREA]],
    space: &mut Space,
) {
    space.set_images(simd, pictures);
    forward::forward(simd, stack, parameters, space);
}

#[simd]
fn answer_portion<S: Simd, const AREA: usize>(
    simd: S,
    stack: &Stack,
    parameters: &StackParameters,
    images: &[[u8; AREA]],
    answers: &mut [Answer],
    space: &mut Space,
) {
    for (images, answers) in images.chunks(S::f32s::LEN).zip(answers.chunks_mut(S::f32s::LEN)) {
        space.set_images(simd, images);
        forward::forward(simd, stack, parameters, space);
        for (lane, answer) in answers.iter_mut().enumerate() {
            answer.penalties = space.penalties(lane);
        }
    }
}

impl StackParameters {
    /// All values.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// All values, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.0
    }
}
