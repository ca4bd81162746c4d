//! A network as a plain value: its layers from the input upwards, and what follows from them: sizes, counts, places of parameters.

use std::ops::Range;

use thiserror::Error;

use crate::data::SIDE;
use crate::data::normalise::INPUT;
use crate::kernels::tile::dense::Varying;
use crate::kernels::{KERNEL, TAPS};
use crate::net::LayerFacts;
use crate::paper::CODE;

/// Classes.
const CLASSES: usize = 10;
/// Units that kernels compute at a time: one of these has to divide the number of a layer's units.
pub(super) const BLOCKS: [usize; 4] = [12, 10, 8, 5];

/// Inputs that a full connection has at least: a vector of its kernels.
const LEAST: usize = 8;

/// A network, layer by layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The name on the command line, as in `lenet-1`.
    pub name: String,
    /// Rows and columns of the input: 28, MNIST's image, or 32, the image in its white frame (p. 7).
    pub inside: usize,
    /// The layers, the first one sees the input.
    pub layers: Vec<Layer>,
    /// What units apply to their sums; sub-sampling that is not trained has none.
    pub squashing: Squashing,
    /// How the ten penalties come from the last layer.
    pub output: Output,
}

/// A layer with its name in the paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The name, as in `C1`.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
}

/// The kinds of layers.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// 5x5 kernels; `table[o]` lists the input maps of output map `o`, ascending.
    Convolution {
        /// For each output map its inputs.
        table: Vec<Vec<usize>>,
    },
    /// 2x2 neighbourhoods to one value; each input map feeds `fan_out` output maps, which stand next to each other.
    Subsampling {
        /// How four become one.
        pooling: Pooling,
        /// Output maps for each input map, 1 but in LeNet-4.
        fan_out: usize,
    },
    /// Every unit sees everything.
    Dense {
        /// Number of units.
        units: usize,
    },
}

/// How sub-sampling makes one value of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// A trainable coefficient times their sum plus a trainable bias, then the squashing function: the paper's (p. 7).
    Trainable,
    /// The same without the squashing function.
    TrainableLinear,
    /// Their average.
    Average,
    /// Their maximum.
    Max,
}

/// What a unit makes of its weighted sum a.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Squashing {
    /// A tanh(S a), the paper's (p. 8).
    Tanh,
    /// a where it is positive, else 0.
    Relu,
}

/// How the ten penalties come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Squared distances of the last layer's 84 states to the fixed codes (eq. 7).
    Codes,
    /// Ten linear units with trainable weights; a class's penalty is its unit's value with the sign changed. With eq. 9 and scale 1
    /// this is the usual soft maximum with cross-entropy.
    Linear,
}

/// Why a plan is no network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// The input has another size.
    #[error("the input is {found}x{found}; it must be 28x28 or 32x32")]
    Input {
        /// Rows and columns.
        found: usize,
    },
    /// A layer does not fit on the one before it.
    #[error("layer {layer}: {reason}")]
    Layer {
        /// Its name.
        layer: &'static str,
        /// What does not fit, and what would.
        reason: String,
    },
}

/// A layer with its sizes and the places of its parameters: weights or coefficients, then biases.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) layer: Layer,
    /// Maps (or units) and rows of a map that it sees.
    pub(super) inputs: Size,
    /// Maps (or units) and rows of a map that it makes.
    pub(super) outputs: Size,
    /// Whether its values go through the squashing function.
    pub(super) squashed: bool,
    pub(super) weights: Range<usize>,
    pub(super) biases: Range<usize>,
}

/// Maps and their rows; units are maps of 1x1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) maps: usize,
    pub(super) side: usize,
}

impl Size {
    /// Positions of a map.
    pub(super) fn area(self) -> usize {
        self.side * self.side
    }

    /// All values.
    pub(super) fn units(self) -> usize {
        self.maps * self.area()
    }
}

impl Plan {
    /// The layers with their sizes; a linear output is the last one.
    ///
    /// # Errors
    /// [`PlanError`], with the layer that does not fit.
    pub(super) fn place(&self) -> Result<Vec<Placed>, PlanError> {
        if ![SIDE, INPUT].contains(&self.inside) {
            return Err(PlanError::Input { found: self.inside });
        }
        let output = Layer { name: "output", kind: Kind::Dense { units: CLASSES } };
        let output = (self.output == Output::Linear).then_some(output);
        let mut placed: Vec<Placed> = Vec::new();
        let mut inputs = Size { maps: 1, side: self.inside };
        for layer in self.layers.iter().cloned().chain(output) {
            let first = placed.last().map_or(0, |before| before.biases.end);
            let next = Placed::new(layer, inputs, first)?;
            inputs = next.outputs;
            placed.push(next);
        }
        if self.output == Output::Linear {
            placed.last_mut().expect("the output was added").squashed = false;
        } else if inputs.units() != CODE || self.squashing == Squashing::Relu {
            let layer = self.layers.last().map_or("input", |layer| layer.name);
            let reason = format!("codes need {CODE} units before them that can be -1 and 1");
            return Err(PlanError::Layer { layer, reason });
        }
        Ok(placed)
    }

    /// The table of layers, computed from the layers themselves.
    ///
    /// # Errors
    /// [`PlanError`].
    pub fn facts(&self) -> Result<Vec<LayerFacts>, PlanError> {
        let mut facts: Vec<LayerFacts> = self.place()?.iter().map(Placed::facts).collect();
        if self.output == Output::Codes {
            facts.push(LayerFacts {
                name: "output",
                kind: "Euclidean RBF, fixed codes",
                maps: CLASSES,
                side: 1,
                parameters: 0,
                connections: CLASSES * CODE,
                multiply_adds: CLASSES * CODE,
            });
        }
        Ok(facts)
    }
}

impl Placed {
    fn new(layer: Layer, inputs: Size, first: usize) -> Result<Self, PlanError> {
        let wrong = |reason: String| Err(PlanError::Layer { layer: layer.name, reason });
        let Size { maps, side } = inputs;
        let mut squashed = true;
        let (outputs, weights, biases) = match &layer.kind {
            Kind::Convolution { table } => {
                if side < KERNEL + 1 || side % 2 == 1 {
                    return wrong(format!(
                        "maps of {side}x{side} can't be convolved; an even side from 6 on can"
                    ));
                }
                if table.is_empty() || table.iter().any(Vec::is_empty) {
                    return wrong("every output map needs an input map".to_string());
                }
                if let Some(i) = table.iter().flatten().find(|i| **i >= maps) {
                    return wrong(format!("its table names input map {i} of {maps}"));
                }
                let kernels: usize = table.iter().map(Vec::len).sum();
                (Size { maps: table.len(), side: side + 1 - KERNEL }, kernels * TAPS, table.len())
            }
            Kind::Subsampling { pooling, fan_out } => {
                if side % 2 == 1 || *fan_out == 0 {
                    return wrong(format!("maps of {side}x{side} can't be halved"));
                }
                squashed = *pooling == Pooling::Trainable;
                let trained = matches!(pooling, Pooling::Trainable | Pooling::TrainableLinear);
                let parameters = if trained { maps * fan_out } else { 0 };
                (Size { maps: maps * fan_out, side: side / 2 }, parameters, parameters)
            }
            Kind::Dense { units } => {
                let seen = inputs.units();
                if seen < LEAST {
                    return wrong(format!("{seen} inputs; it needs at least {LEAST}"));
                }
                if block(*units).is_none() {
                    return wrong(format!("{units} units; one of {BLOCKS:?} must divide their number"));
                }
                (Size { maps: *units, side: 1 }, units * inputs.units(), *units)
            }
        };
        let weights = first..first + weights;
        let biases = weights.end..weights.end + biases;
        Ok(Placed { layer, inputs, outputs, squashed, weights, biases })
    }

    /// Trainable parameters.
    pub(super) fn parameters(&self) -> usize {
        self.biases.end - self.weights.start
    }

    /// Inputs and outputs, as the kernels of a full connection take them.
    pub(super) fn sizes(&self) -> Varying {
        Varying { inputs: self.inputs.units(), outputs: self.outputs.units() }
    }

    fn facts(&self) -> LayerFacts {
        let positions = self.outputs.area();
        let (kind, connections, multiply_adds) = match &self.layer.kind {
            Kind::Convolution { .. } => {
                ("convolution 5x5", self.parameters() * positions, self.weights.len() * positions)
            }
            Kind::Subsampling { pooling, .. } => {
                let four = 4 * self.outputs.units();
                match pooling {
                    Pooling::Max => ("maximum of 2x2", four, 0),
                    Pooling::Average => ("average of 2x2", four, four),
                    _ => ("sub-sampling 2x2", four + self.outputs.units(), four),
                }
            }
            Kind::Dense { .. } => ("full connection", self.parameters(), self.weights.len()),
        };
        LayerFacts {
            name: self.layer.name,
            kind,
            maps: self.outputs.maps,
            side: self.outputs.side,
            parameters: self.parameters(),
            connections,
            multiply_adds,
        }
    }
}

/// How many of so many units are computed at a time.
pub(super) fn block(units: usize) -> Option<usize> {
    BLOCKS.into_iter().find(|block| units > 0 && units.is_multiple_of(*block))
}
