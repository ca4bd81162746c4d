//! LeNet-5 itself: seven layers (p. 7-8), bound to their sizes, with the paper's counts asserted when this compiles.

use super::layer::{Convolution, Dense, LayerFacts, Rbf, Subsampling};
use crate::paper::{CODE, TABLE_I};

/// The seven layers, from the input to the output.
#[derive(Clone, Copy, Debug)]
pub struct LeNet5 {
    /// 6 maps of 28x28 from the 32x32 input.
    pub c1: Convolution,
    /// 6 maps of 14x14.
    pub s2: Subsampling,
    /// 16 maps of 10x10, connected by Table I.
    pub c3: Convolution,
    /// 16 maps of 5x5.
    pub s4: Subsampling,
    /// 120 units: a convolution whose 5x5 window covers all of S4, hence a full connection.
    pub c5: Dense,
    /// 84 units, one per pixel of a class's 7x12 code.
    pub f6: Dense,
    /// 10 penalties.
    pub output: Rbf,
}

/// C1 has one input map: the image.
const C1_INPUTS: &[usize] = &[0];

/// The one network.
pub const LENET5: LeNet5 = {
    let c1 = Convolution { name: "C1", inside: 32, outside: 28, table: &[C1_INPUTS; 6], first: 0 };
    let s2 = Subsampling { name: "S2", maps: 6, outside: 14, first: c1.first + c1.parameters() };
    let c3 = Convolution {
        name: "C3",
        inside: 14,
        outside: 10,
        table: &TABLE_I,
        first: s2.first + s2.parameters(),
    };
    let s4 = Subsampling { name: "S4", maps: 16, outside: 5, first: c3.first + c3.parameters() };
    let c5 = Dense { name: "C5", inputs: 400, outputs: 120, first: s4.first + s4.parameters() };
    let f6 = Dense { name: "F6", inputs: 120, outputs: CODE, first: c5.first + c5.parameters() };
    LeNet5 { c1, s2, c3, s4, c5, f6, output: Rbf { name: "output", inputs: CODE, outputs: 10 } }
};

/// Trainable parameters.
pub const PARAMETERS: usize = LENET5.f6.first + LENET5.f6.parameters();
/// Connections, the 840 fixed ones of the output included.
pub const CONNECTIONS: usize = LENET5.c1.connections()
    + LENET5.s2.connections()
    + LENET5.c3.connections()
    + LENET5.s4.connections()
    + LENET5.c5.connections()
    + LENET5.f6.connections()
    + LENET5.output.connections();
/// Multiply-adds of a forward pass.
pub const MULTIPLY_ADDS: usize = LENET5.c1.multiply_adds()
    + LENET5.s2.multiply_adds()
    + LENET5.c3.multiply_adds()
    + LENET5.s4.multiply_adds()
    + LENET5.c5.multiply_adds()
    + LENET5.f6.multiply_adds()
    + LENET5.output.multiply_adds();

/// Multiply-adds of a forward and a backward pass: the gradient of the weights costs as many as the layer's forward pass, and so
/// does that of its inputs, which C1 does not need. Sub-sampling and output, a hundredth, are counted forward only.
pub const TRAINING_MULTIPLY_ADDS: usize = MULTIPLY_ADDS
    + LENET5.c1.multiply_adds()
    + 2 * (LENET5.c3.multiply_adds() + LENET5.c5.multiply_adds() + LENET5.f6.multiply_adds());

// Pages 7 and 8, layer by layer.
const _: () = {
    assert!(LENET5.c1.parameters() == 156 && LENET5.c1.connections() == 122_304);
    assert!(LENET5.s2.parameters() == 12 && LENET5.s2.connections() == 5_880);
    assert!(LENET5.c3.parameters() == 1_516 && LENET5.c3.connections() == 151_600);
    assert!(LENET5.s4.parameters() == 32 && LENET5.s4.connections() == 2_000);
    assert!(LENET5.c5.parameters() == 48_120);
    assert!(LENET5.f6.parameters() == 10_164);
    assert!(PARAMETERS == 60_000);
    assert!(CONNECTIONS == 340_908);
    assert!(MULTIPLY_ADDS == 332_824 && TRAINING_MULTIPLY_ADDS == 866_584);
};

impl LeNet5 {
    /// The table of layers, computed from the layers themselves.
    pub fn facts(&self) -> [LayerFacts; 7] {
        let convolution = |c: Convolution| LayerFacts {
            name: c.name,
            kind: "convolution 5x5",
            maps: c.table.len(),
            side: c.outside,
            parameters: c.parameters(),
            connections: c.connections(),
            multiply_adds: c.multiply_adds(),
        };
        let subsampling = |s: Subsampling| LayerFacts {
            name: s.name,
            kind: "sub-sampling 2x2",
            maps: s.maps,
            side: s.outside,
            parameters: s.parameters(),
            connections: s.connections(),
            multiply_adds: s.multiply_adds(),
        };
        let dense = |d: Dense, kind| LayerFacts {
            name: d.name,
            kind,
            maps: d.outputs,
            side: 1,
            parameters: d.parameters(),
            connections: d.connections(),
            multiply_adds: d.multiply_adds(),
        };
        let output = LayerFacts {
            name: self.output.name,
            kind: "Euclidean RBF, fixed codes",
            maps: self.output.outputs,
            side: 1,
            parameters: 0,
            connections: self.output.connections(),
            multiply_adds: self.output.multiply_adds(),
        };
        [
            convolution(self.c1),
            subsampling(self.s2),
            convolution(self.c3),
            subsampling(self.s4),
            dense(self.c5, "convolution 5x5 (full)"),
            dense(self.f6, "full connection"),
            output,
        ]
    }
}
