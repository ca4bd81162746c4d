//! The systems that the paper compares (Fig. 9, p. 12) and that are networks, and what LeNet-5 would be without one of its ideas.

use super::plan::{Kind, Layer, Output, Plan, Pooling, Squashing};
use crate::data::SIDE;
use crate::data::normalise::INPUT;
use crate::paper::{CODE, TABLE_I};

/// H3 of LeNet-1: for each of its 12 maps the maps of H2 that it sees (LeCun et al., NIPS 2, 1990, p. 5).
const TABLE_LENET_1: [&[usize]; 12] =
    [&[0], &[0, 1], &[0, 1], &[1], &[0, 1], &[0, 1], &[2], &[2, 3], &[2, 3], &[3], &[2, 3], &[2, 3]];

impl Plan {
    /// The systems that `lenet train --net` knows: linear, convolutional, fully connected.
    pub fn known() -> Vec<Plan> {
        vec![
            Self::fully_connected("linear", &[]),
            Self::lenet_1(),
            Self::lenet_4(),
            Self::lenet_5(),
            Self::fully_connected("mlp-300", &[300]),
            Self::fully_connected("mlp-300-100", &[300, 100]),
            Self::fully_connected("mlp-500-150", &[500, 150]),
            Self::fully_connected("mlp-1000", &[1000]),
        ]
    }

    /// The known system of that name.
    pub fn by_name(name: &str) -> Option<Plan> {
        Self::known().into_iter().find(|plan| plan.name == name)
    }

    /// LeNet-1 (p. 13; LeCun et al., NIPS 2, 1990): 2,578 parameters and 98,442 connections on 28x28 pixels.
    pub fn lenet_1() -> Plan {
        Plan {
            name: "lenet-1".to_string(),
            inside: SIDE,
            layers: vec![
                convolution("H1", &[&[0][..]; 4]),
                subsampling("H2", Pooling::Trainable),
                convolution("H3", &TABLE_LENET_1),
                subsampling("H4", Pooling::Trainable),
            ],
            squashing: Squashing::Tanh,
            output: Output::Linear,
        }
    }

    /// LeNet-4 as its text describes it (p. 13); what is left open there is in `docs/PAPER.md`, question 12.
    pub fn lenet_4() -> Plan {
        // Four neighbours in a ring of eight, beginning with each of them; then four with a gap.
        let ring = |first: usize, steps: [usize; 4]| {
            let mut maps = steps.map(|step| (first + step) % 8).to_vec();
            maps.sort_unstable();
            maps
        };
        let table =
            (0..8).map(|o| ring(o, [0, 1, 2, 3])).chain((0..8).map(|o| ring(o, [0, 1, 3, 4]))).collect();
        Plan {
            name: "lenet-4".to_string(),
            inside: INPUT,
            layers: vec![
                convolution("C1", &[&[0][..]; 4]),
                Layer { name: "S2", kind: Kind::Subsampling { pooling: Pooling::Trainable, fan_out: 2 } },
                Layer { name: "C3", kind: Kind::Convolution { table } },
                subsampling("S4", Pooling::Trainable),
                Layer { name: "F5", kind: Kind::Dense { units: 120 } },
            ],
            squashing: Squashing::Tanh,
            output: Output::Linear,
        }
    }

    /// LeNet-5 (p. 7-8): the same network as [`crate::net`] has it, here to be varied.
    pub fn lenet_5() -> Plan {
        Plan {
            name: "lenet-5".to_string(),
            inside: INPUT,
            layers: vec![
                convolution("C1", &[&[0][..]; 6]),
                subsampling("S2", Pooling::Trainable),
                convolution("C3", &TABLE_I),
                subsampling("S4", Pooling::Trainable),
                Layer { name: "C5", kind: Kind::Dense { units: 120 } },
                Layer { name: "F6", kind: Kind::Dense { units: CODE } },
            ],
            squashing: Squashing::Tanh,
            output: Output::Codes,
        }
    }

    /// A fully connected net on 28x28 pixels with these hidden layers (p. 13), or a linear classifier with none (p. 12).
    pub fn fully_connected(name: &str, hidden: &[usize]) -> Plan {
        let names = ["H1", "H2", "H3", "H4"];
        let layers = names.into_iter().zip(hidden);
        Plan {
            name: name.to_string(),
            inside: SIDE,
            layers: layers.map(|(name, &units)| Layer { name, kind: Kind::Dense { units } }).collect(),
            squashing: Squashing::Tanh,
            output: Output::Linear,
        }
    }

    /// The same network under another name, with its C3, or the first other convolution on several maps, connected like this.
    pub fn connected_by(mut self, name: &str, table: Vec<Vec<usize>>) -> Plan {
        let mut convolutions = self.layers.iter_mut().filter_map(|layer| match &mut layer.kind {
            Kind::Convolution { table } => Some(table),
            _ => None,
        });
        if let Some(place) = convolutions.nth(1) {
            *place = table;
        }
        Plan { name: name.to_string(), ..self }
    }

    /// The same network under another name, with all sub-sampling done in this way.
    pub fn pooled_by(mut self, name: &str, how: Pooling) -> Plan {
        for layer in &mut self.layers {
            if let Kind::Subsampling { pooling, .. } = &mut layer.kind {
                *pooling = how;
            }
        }
        Plan { name: name.to_string(), ..self }
    }
}

fn convolution(name: &'static str, table: &[&[usize]]) -> Layer {
    Layer { name, kind: Kind::Convolution { table: table.iter().map(|inputs| inputs.to_vec()).collect() } }
}

fn subsampling(name: &'static str, pooling: Pooling) -> Layer {
    Layer { name, kind: Kind::Subsampling { pooling, fan_out: 1 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameters, connections and multiply-adds.
    fn totals(plan: &Plan) -> [usize; 3] {
        let facts = plan.facts().unwrap();
        [
            facts.iter().map(|layer| layer.parameters).sum(),
            facts.iter().map(|layer| layer.connections).sum(),
            facts.iter().map(|layer| layer.multiply_adds).sum(),
        ]
    }

    #[test]
    fn lenet_5_is_the_network_of_the_other_room() {
        assert_eq!(Plan::lenet_5().facts().unwrap()[..4], crate::net::LENET5.facts()[..4]);
        use crate::net::{CONNECTIONS, MULTIPLY_ADDS, PARAMETERS};
        assert_eq!(totals(&Plan::lenet_5()), [PARAMETERS, CONNECTIONS, MULTIPLY_ADDS]);
    }

    /// LeCun et al., NIPS 2, 1990: p. 7.
    #[test]
    fn lenet_1_has_the_counts_of_1990() {
        let plan = Plan::lenet_1();
        assert_eq!(totals(&plan)[..2], [2_578, 98_442]);
        let parameters: Vec<usize> = plan.facts().unwrap().iter().map(|layer| layer.parameters).collect();
        assert_eq!(parameters, [104, 8, 512, 24, 1_930]);
        // "about 100,000 multiply-adds" (p. 13)
        assert!((90_000..110_000).contains(&totals(&plan)[2]));
    }

    /// Fig. 12 (p. 15), in thousands: weights without biases, but for LeNet-4.
    #[test]
    fn fully_connected_nets_have_the_counts_of_figure_12() {
        let thousands = |name: &str| totals(&Plan::by_name(name).unwrap())[2].div_ceil(1000);
        assert_eq!(thousands("mlp-1000"), 794);
        assert_eq!(thousands("mlp-300-100"), 267);
        assert_eq!(thousands("mlp-500-150"), 469);
        assert_eq!(totals(&Plan::by_name("linear").unwrap())[0], 7_850);
        assert_eq!(totals(&Plan::by_name("mlp-300").unwrap())[0], 238_510);
    }

    #[test]
    fn lenet_4_is_what_its_text_says_and_so_has_more_parameters_than_it_says() {
        let facts = Plan::lenet_4().facts().unwrap();
        let maps: Vec<usize> = facts.iter().map(|layer| layer.maps).collect();
        assert_eq!(maps, [4, 8, 16, 16, 120, 10]);
        assert_eq!(totals(&Plan::lenet_4())[0], 51_098);
    }
}
