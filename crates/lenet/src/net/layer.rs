//! The four kinds of layers as plain facts: sizes, and where a layer's parameters stand in the one buffer.
//!
//! ```
//! use lenet::net::LENET5;
//!
//! assert_eq!(LENET5.c3.parameters(), 1_516);
//! assert_eq!(LENET5.c3.connections(), 151_600);
//! ```

use std::ops::Range;

use crate::kernels::TAPS;

/// A 5x5 convolution with one bias per map; each output map is connected to the input maps of its table.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// The paper's name.
    pub name: &'static str,
    /// Rows and columns of an input map.
    pub inside: usize,
    /// Rows and columns of an output map.
    pub outside: usize,
    /// `table[o]` lists the input maps of output map `o`, ascending.
    pub table: &'static [&'static [usize]],
    /// Index of the first parameter: kernels `[connection of the table][5][5]`, then biases `[o]`.
    pub first: usize,
}

/// Sub-sampling by 2 in both directions with one coefficient and one bias per map.
#[derive(Clone, Copy, Debug)]
pub struct Subsampling {
    /// The paper's name.
    pub name: &'static str,
    /// Number of maps, in and out.
    pub maps: usize,
    /// Rows and columns of an output map.
    pub outside: usize,
    /// Index of the first parameter: coefficients `[map]`, then biases `[map]`.
    pub first: usize,
}

/// Full connection with one bias per unit.
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    /// The paper's name.
    pub name: &'static str,
    /// Number of inputs.
    pub inputs: usize,
    /// Number of units.
    pub outputs: usize,
    /// Index of the first parameter: weights `[output][input]`, then biases `[output]`.
    pub first: usize,
}

/// Radial basis function units with fixed centres: no trainable parameter.
#[derive(Clone, Copy, Debug)]
pub struct Rbf {
    /// The name in the paper's text.
    pub name: &'static str,
    /// Number of inputs.
    pub inputs: usize,
    /// Number of classes.
    pub outputs: usize,
}

impl Convolution {
    /// Number of 5x5 kernels: connected pairs of maps.
    pub const fn kernels(&self) -> usize {
        let (mut kernels, mut o) = (0, 0);
        while o < self.table.len() {
            kernels += self.table[o].len();
            o += 1;
        }
        kernels
    }

    /// Trainable parameters.
    pub const fn parameters(&self) -> usize {
        self.kernels() * TAPS + self.table.len()
    }

    /// Connections, biases included: every unit has its own copy of the parameters of its map.
    pub const fn connections(&self) -> usize {
        self.parameters() * self.outside * self.outside
    }

    /// Multiply-adds of a forward pass, biases not counted.
    pub const fn multiply_adds(&self) -> usize {
        self.kernels() * TAPS * self.outside * self.outside
    }

    /// Where the kernels stand.
    pub const fn weights(&self) -> Range<usize> {
        self.first..self.first + self.kernels() * TAPS
    }

    /// Where the biases stand.
    pub const fn biases(&self) -> Range<usize> {
        self.first + self.kernels() * TAPS..self.first + self.parameters()
    }

    /// Index of output map `o`'s first kernel among all kernels of the layer.
    pub const fn first_kernel(&self, o: usize) -> usize {
        let (mut kernels, mut k) = (0, 0);
        while k < o {
            kernels += self.table[k].len();
            k += 1;
        }
        kernels
    }
}

impl Subsampling {
    /// Trainable parameters.
    pub const fn parameters(&self) -> usize {
        2 * self.maps
    }

    /// Connections: four inputs and a bias per unit (p. 7).
    pub const fn connections(&self) -> usize {
        5 * self.maps * self.outside * self.outside
    }

    /// Multiply-adds as the paper's Fig. 11 would count them: four inputs per unit.
    pub const fn multiply_adds(&self) -> usize {
        4 * self.maps * self.outside * self.outside
    }

    /// Where the coefficients stand.
    pub const fn coefficients(&self) -> Range<usize> {
        self.first..self.first + self.maps
    }

    /// Where the biases stand.
    pub const fn biases(&self) -> Range<usize> {
        self.first + self.maps..self.first + 2 * self.maps
    }
}

impl Dense {
    /// Trainable parameters.
    pub const fn parameters(&self) -> usize {
        (self.inputs + 1) * self.outputs
    }

    /// Connections, biases included.
    pub const fn connections(&self) -> usize {
        self.parameters()
    }

    /// Multiply-adds of a forward pass, biases not counted.
    pub const fn multiply_adds(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Where the weights stand.
    pub const fn weights(&self) -> Range<usize> {
        self.first..self.first + self.inputs * self.outputs
    }

    /// Where the biases stand.
    pub const fn biases(&self) -> Range<usize> {
        self.first + self.inputs * self.outputs..self.first + self.parameters()
    }
}

impl Rbf {
    /// Fixed connections: one per input and class.
    pub const fn connections(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Multiply-adds of a forward pass: one square per input and class.
    pub const fn multiply_adds(&self) -> usize {
        self.connections()
    }
}

/// One line of the paper's table of layers (p. 7-8), as `lenet info` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LayerFacts {
    /// The paper's name.
    pub name: &'static str,
    /// What the layer does.
    pub kind: &'static str,
    /// Number of maps or units.
    pub maps: usize,
    /// Rows and columns of a map; 1 for units.
    pub side: usize,
    /// Trainable parameters.
    pub parameters: usize,
    /// Connections, biases included.
    pub connections: usize,
    /// Multiply-adds of a forward pass.
    pub multiply_adds: usize,
}
