//! The states of all layers of a stack for the images of a tile, their gradients, and the sums of gradients over tiles.

use fearless_simd::prelude::*;

use super::plan::{Kind, Placed};
use super::stack::Stack;
use crate::data::normalise::{BACKGROUND, scale};
use crate::kernels::aligned::Buffer;
use crate::kernels::{KERNEL, TAPS};
use crate::net::tile::{Tally, criterion_gradient};
use crate::net::{Criterion, Truth};

/// Work space of a worker.
#[derive(Debug)]
pub struct Space {
    lanes: usize,
    /// Images in the tile; the other lanes hold what was there before.
    pub(super) images: usize,
    /// Rows and columns of the input.
    inside: usize,
    /// `states[0]` is the input, `states[l + 1]` what layer `l` makes: `[unit][lane]`.
    pub(super) states: Vec<Buffer>,
    /// The penalties: `[class][lane]`.
    pub(super) output: Buffer,
    /// For each of `states` the gradient by the sums before the squashing function.
    pub(super) gradients: Vec<Buffer>,
    pub(super) d_output: Buffer,
    /// For each layer what its gradient is summed up in.
    pub(super) sums: Vec<Sums>,
    /// A convolution's gradients with a border of zeros.
    pub(super) padded: Buffer,
    /// Images so far, whole tiles of them.
    pub(super) rows: usize,
}

/// What the gradient of a layer's parameters is summed up in, over tiles.
#[derive(Debug)]
pub(super) struct Sums {
    /// Of kernels or coefficients, apart by image: `[parameter][lane]`; of a dense layer empty.
    pub(super) weights: Buffer,
    /// Of the biases, apart by image: `[bias][lane]`.
    pub(super) biases: Buffer,
    /// Of a dense layer all its inputs and all gradients of its units: `[image][unit]`; of others empty.
    pub(super) x_rows: Buffer,
    pub(super) d_rows: Buffer,
    /// For each input map of a convolution the output maps that see it, and the kernels between them, turned round, in that order;
    /// of the others empty.
    pub(super) feeds: Vec<Vec<usize>>,
    pub(super) turned: Vec<f32>,
}

impl Space {
    /// To answer with.
    pub(super) fn for_answers(stack: &Stack, lanes: usize) -> Self {
        let states = sizes(stack).map(|units| Buffer::zeros(units * lanes)).collect();
        Space {
            lanes,
            images: 0,
            inside: stack.plan().inside,
            states,
            output: Buffer::zeros(10 * lanes),
            gradients: Vec::new(),
            d_output: Buffer::zeros(0),
            sums: Vec::new(),
            padded: Buffer::zeros(0),
            rows: 0,
        }
    }

    /// To learn with: sums up the gradient of at most `images`.
    pub(crate) fn for_learning(stack: &Stack, lanes: usize, images: usize) -> Self {
        let padded = stack.layers.iter().skip(1).map(padded_size).max().unwrap_or(0);
        Space {
            gradients: sizes(stack).map(|units| Buffer::zeros(units * lanes)).collect(),
            d_output: Buffer::zeros(10 * lanes),
            sums: stack.layers.iter().map(|layer| Sums::new(layer, lanes, images)).collect(),
            padded: Buffer::zeros(padded * lanes),
            ..Self::for_answers(stack, lanes)
        }
    }

    /// Forgets the images so far.
    pub(super) fn clear(&mut self) {
        self.rows = 0;
        for sums in &mut self.sums {
            sums.weights.fill(0.0);
            sums.biases.fill(0.0);
        }
    }

    /// The ten penalties of image `lane`.
    pub(crate) fn penalties(&self, lane: usize) -> [f32; 10] {
        std::array::from_fn(|class| self.output[class * self.lanes + lane])
    }

    /// Writes the gradient by the penalties for the images in the tile.
    #[inline(always)]
    pub(crate) fn set_criterion(&mut self, criterion: &Criterion, truths: &[Truth], tally: &mut Tally) {
        let (lanes, output, truths) = (self.lanes, &self.output, &truths[..self.images]);
        let penalties = |lane: usize| std::array::from_fn(|class| output[class * lanes + lane]);
        criterion_gradient(penalties, criterion, truths, &mut self.d_output, tally);
    }

    /// Scales and frames the images, from 1 to as many as there are lanes.
    #[inline(always)]
    pub(crate) fn set_images<S: Simd, const AREA: usize>(&mut self, _simd: S, images: &[[u8; AREA]]) {
        self.images = images.len();
        let side = const { AREA.isqrt() };
        let (lanes, inside) = (S::f32s::LEN, self.inside);
        // What is larger than the input is cut off evenly, as a field for a network that sees 28x28.
        let (border, margin) = (inside.saturating_sub(side) / 2, side.saturating_sub(inside) / 2);
        let input = &mut self.states[0];
        if border > 0 {
            input.fill(BACKGROUND);
        }
        for (lane, image) in images.iter().enumerate() {
            for (y, row) in image.chunks_exact(side).skip(margin).take(inside).enumerate() {
                let first = ((y + border) * inside + border) * lanes + lane;
                for (place, &pixel) in
                    input[first..].iter_mut().step_by(lanes).zip(&row[margin..side - margin])
                {
                    *place = scale(pixel);
                }
            }
        }
    }
}

impl Sums {
    fn new(layer: &Placed, lanes: usize, images: usize) -> Self {
        let dense = matches!(layer.layer.kind, Kind::Dense { .. });
        let rows = if dense { images.next_multiple_of(lanes) } else { 0 };
        let (feeds, turned) = match &layer.layer.kind {
            Kind::Convolution { table } => {
                let maps = |i: usize| feeds(table, i).map(|(o, _)| o).collect();
                ((0..layer.inputs.maps).map(maps).collect(), layer.weights.len())
            }
            _ => (Vec::new(), 0),
        };
        Sums {
            weights: Buffer::zeros(if dense { 0 } else { layer.weights.len() * lanes }),
            biases: Buffer::zeros(layer.biases.len() * lanes),
            x_rows: Buffer::zeros(rows * layer.inputs.units()),
            d_rows: Buffer::zeros(rows * layer.outputs.units()),
            feeds,
            turned: vec![0.0; turned],
        }
    }

    /// Notes the kernels of a convolution turned round, input map by input map.
    pub(super) fn turn_kernels(&mut self, layer: &Placed, weights: &[f32]) {
        let Kind::Convolution { table } = &layer.layer.kind else { return };
        let mut places = self.turned.chunks_exact_mut(TAPS);
        for i in 0..layer.inputs.maps {
            for ((_, kernel), place) in feeds(table, i).zip(&mut places) {
                let kernel = &weights[kernel * TAPS..][..TAPS];
                place.iter_mut().zip(kernel.iter().rev()).for_each(|(place, w)| *place = *w);
            }
        }
    }
}

/// The output maps that see input map `i`, each with the index of the kernel between them.
fn feeds(table: &[Vec<usize>], i: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
    let connections = table.iter().enumerate().flat_map(|(o, inputs)| inputs.iter().map(move |&i| (o, i)));
    let numbered = connections.enumerate().filter(move |(_, (_, input))| *input == i);
    numbered.map(|(kernel, (o, _))| (o, kernel))
}

/// Values of the input and of every layer.
fn sizes(stack: &Stack) -> impl Iterator<Item = usize> + '_ {
    let inside = stack.plan().inside;
    std::iter::once(inside * inside).chain(stack.layers.iter().map(|layer| layer.outputs.units()))
}

/// Values of a convolution's gradients with their border.
fn padded_size(layer: &Placed) -> usize {
    match layer.layer.kind {
        Kind::Convolution { .. } => layer.outputs.maps * (layer.outputs.side + 2 * (KERNEL - 1)).pow(2),
        _ => 0,
    }
}
