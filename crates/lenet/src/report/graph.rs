//! A network as data: its layers with their sizes, connections and the names of their tensors, for programs that draw it.
//!
//! ```
//! use lenet::report::graph::graph;
//! use lenet::systems::Plan;
//!
//! let graph = graph(&Plan::lenet_5())?;
//! let names: Vec<&str> = graph.layers.iter().map(|layer| layer.name).collect();
//! assert_eq!(names, ["input", "C1", "S2", "C3", "S4", "C5", "F6", "output"]);
//! assert_eq!(graph.layers[3].table.as_ref().unwrap()[0], [0, 1, 2]); // Table I
//! # Ok::<(), lenet::systems::PlanError>(())
//! ```

use serde::Serialize;

use crate::kernels::KERNEL;
use crate::net::LayerFacts;
use crate::paper::CODE;
use crate::systems::{Kind, Layer, Output, Plan, PlanError, Pooling, Squashing};

/// A network, layer by layer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Graph {
    /// The name on the command line, as in `lenet-1`.
    pub net: String,
    /// From the input to the output.
    pub layers: Vec<Node>,
}

/// A layer of a [`Graph`]. What a kind of layer does not have is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Node {
    /// The paper's name, or "input", "output".
    pub name: &'static str,
    /// "input", "convolution", "subsampling", "dense" or "rbf".
    pub kind: &'static str,
    /// The layer that it sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<&'static str>,
    /// Maps; units are maps of 1x1.
    pub maps: usize,
    /// Rows of a map.
    pub rows: usize,
    /// Columns of a map.
    pub columns: usize,
    /// Rows and columns of a kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<usize>,
    /// For each map the maps below that it sees, ascending: of convolutions and sub-sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Vec<Vec<usize>>>,
    /// How sub-sampling makes one value of four: "trainable", "average" or "max".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pooling: Option<&'static str>,
    /// Trainable parameters.
    pub parameters: usize,
    /// Connections, as the paper counts them.
    pub connections: usize,
    /// The tensor of the weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// The tensor of the coefficients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coefficient: Option<String>,
    /// The tensor of the biases.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bias: Option<String>,
    /// What units make of their sum a.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub squashing: Option<&'static str>,
    /// Rows and columns in which units may be shown; F6's are those of the codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<[usize; 2]>,
    /// Whether the penalties are distances to the fixed codes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub codes: bool,
}

/// The graph of a network.
///
/// # Errors
/// [`PlanError`] when the plan is no network.
pub fn graph(plan: &Plan) -> Result<Graph, PlanError> {
    let input = Node {
        name: "input",
        kind: "input",
        maps: 1,
        rows: plan.inside,
        columns: plan.inside,
        ..Node::default()
    };
    let mut layers = vec![input];
    for (k, facts) in plan.facts()?.iter().enumerate() {
        let below = &layers[k];
        let node = match plan.layers.get(k) {
            Some(layer) => node(layer, facts, below, plan.squashing),
            None => output(plan.output, facts, below),
        };
        layers.push(node);
    }
    Ok(Graph { net: plan.name.clone(), layers })
}

fn sized(facts: &LayerFacts, below: &Node) -> Node {
    Node {
        name: facts.name,
        from: Some(below.name),
        maps: facts.maps,
        rows: facts.side,
        columns: facts.side,
        parameters: facts.parameters,
        connections: facts.connections,
        ..Node::default()
    }
}

fn node(layer: &Layer, facts: &LayerFacts, below: &Node, squashing: Squashing) -> Node {
    let tensor = |what: &str| Some(format!("{}.{what}", layer.name.to_lowercase()));
    let sized = sized(facts, below);
    let squashing = Some(match squashing {
        Squashing::Tanh => "1.7159 tanh(2/3 a)",
        Squashing::Relu => "max(0, a)",
    });
    match &layer.kind {
        Kind::Convolution { table } => Node {
            kind: "convolution",
            kernel: Some(KERNEL),
            table: Some(table.clone()),
            weight: tensor("weight"),
            bias: tensor("bias"),
            squashing,
            ..sized
        },
        Kind::Subsampling { pooling, fan_out } => {
            let trained = facts.parameters > 0;
            Node {
                kind: "subsampling",
                table: Some((0..facts.maps).map(|o| vec![o / fan_out]).collect()),
                pooling: Some(match pooling {
                    Pooling::Trainable | Pooling::TrainableLinear => "trainable",
                    Pooling::Average => "average",
                    Pooling::Max => "max",
                }),
                coefficient: tensor("coefficient").filter(|_| trained),
                bias: tensor("bias").filter(|_| trained),
                squashing: squashing.filter(|_| *pooling == Pooling::Trainable),
                ..sized
            }
        }
        Kind::Dense { units } => {
            // C5 is a convolution by name, whose kernels happen to be as large as the maps that it sees (p. 8).
            let convolution = layer.name.starts_with('C') && below.rows == KERNEL;
            Node {
                kind: if convolution { "convolution" } else { "dense" },
                kernel: convolution.then_some(KERNEL),
                table: convolution.then(|| vec![(0..below.maps).collect(); *units]),
                weight: tensor("weight"),
                bias: tensor("bias"),
                squashing,
                picture: Some(picture(*units)),
                ..sized
            }
        }
    }
}

fn output(output: Output, facts: &LayerFacts, below: &Node) -> Node {
    let sized = sized(facts, below);
    match output {
        Output::Codes => Node { kind: "rbf", codes: true, ..sized },
        Output::Linear => Node {
            kind: "dense",
            weight: Some("output.weight".to_string()),
            bias: Some("output.bias".to_string()),
            ..sized
        },
    }
}

/// Rows and columns for so many units: the codes' for as many as a code has, else as square as it goes.
fn picture(units: usize) -> [usize; 2] {
    if units == CODE {
        return [12, 7];
    }
    let rows = (1..=units.isqrt()).rev().find(|rows| units.is_multiple_of(*rows)).unwrap_or(1);
    [rows, units / rows]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::Stack;

    #[test]
    fn every_known_network_has_a_graph_whose_tensors_it_has() {
        for plan in Plan::known() {
            let graph = graph(&plan).unwrap();
            let stack = Stack::new(plan).unwrap();
            let named =
                graph.layers.iter().flat_map(|layer| [&layer.weight, &layer.coefficient, &layer.bias]);
            let mut named: Vec<String> = named.flatten().cloned().collect();
            let mut known: Vec<String> = stack.tensors().into_iter().map(|tensor| tensor.name).collect();
            named.sort();
            known.sort();
            assert_eq!(named, known, "{}", graph.net);
            let states = stack.states(crate::kernels::level::Level::new(), &stack.zeros(), &[0; 784]);
            for (layer, states) in graph.layers.iter().zip(&states) {
                assert_eq!((layer.name, layer.maps, layer.rows), (states.name, states.maps, states.side));
                assert_eq!(states.values.len(), layer.maps * layer.rows * layer.columns);
                assert!(layer.picture.is_none_or(|[rows, columns]| rows * columns == layer.maps));
            }
            assert_eq!(graph.layers.len(), states.len());
        }
    }

    #[test]
    fn lenet_5_is_the_paper_s() {
        let graph = graph(&Plan::lenet_5()).unwrap();
        assert_eq!(graph.layers.iter().map(|layer| layer.parameters).sum::<usize>(), 60_000);
        assert_eq!(graph.layers.iter().map(|layer| layer.connections).sum::<usize>(), 340_908);
        let c5 = &graph.layers[5];
        assert_eq!((c5.kind, c5.kernel, c5.table.as_ref().unwrap()[119].len()), ("convolution", Some(5), 16));
        assert_eq!(graph.layers[6].picture, Some([12, 7]));
        assert!(graph.layers[7].codes && graph.layers[7].kind == "rbf");
    }
}
