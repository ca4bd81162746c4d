//! The table of layers, counted from the code.

use super::outcome::Table;
use super::{Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::net::{CONNECTIONS, LENET5, MULTIPLY_ADDS, PARAMETERS};
use crate::paper::{self, FIG_11_LENET_5, FIG_12_LENET_5};
use crate::report::table::grouped;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "layers",
    title: "Layers and their sizes",
    claim: "LeNet-5 has 340,908 connections but only 60,000 trainable parameters.",
    origin: Origin::Paper,
    paper: "340,908 connections and 60,000 trainable free parameters (p. 7), layer by layer on p. 7-8; Fig. 11 (p. 14) says \
            401 thousand multiply-adds, Fig. 12 (p. 15) 60 thousand variables.",
    version: 2,
    run,
};

fn run(_: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let layers = LENET5.facts();
    let mut rows = Vec::new();
    let mut right = 0;
    for (layer, printed) in layers.iter().zip(paper::LAYERS) {
        let (parameters, connections) = printed;
        right += usize::from(parameters.is_none_or(|printed| printed == layer.parameters));
        right += usize::from(connections.is_none_or(|printed| printed == layer.connections));
        let printed = |count: Option<usize>| count.map_or("not printed".to_string(), grouped);
        rows.push(vec![
            layer.name.to_string(),
            format!("{}@{}x{}", layer.maps, layer.side, layer.side),
            grouped(layer.parameters),
            printed(parameters),
            grouped(layer.connections),
            printed(connections),
            grouped(layer.multiply_adds),
        ]);
    }
    rows.push(vec![
        "total".to_string(),
        String::new(),
        grouped(PARAMETERS),
        grouped(paper::PARAMETERS),
        grouped(CONNECTIONS),
        grouped(paper::CONNECTIONS),
        grouped(MULTIPLY_ADDS),
    ]);
    let exact =
        right == 2 * layers.len() && PARAMETERS == paper::PARAMETERS && CONNECTIONS == paper::CONNECTIONS;
    let verdict = format!(
        "{} The multiply-adds of one answer are {}, not the {} thousand of Fig. 11: with the biases, the connections, they \
         are {}; how the paper counts is not said. Fig. 12's {} thousand variables are the {} parameters.",
        if exact {
            format!(
                "Every number of the table is that of the paper: {} parameters, {} connections.",
                grouped(PARAMETERS),
                grouped(CONNECTIONS)
            )
        } else {
            "Some numbers of the table differ from the paper's.".to_string()
        },
        grouped(MULTIPLY_ADDS),
        FIG_11_LENET_5,
        grouped(CONNECTIONS),
        FIG_12_LENET_5,
        grouped(PARAMETERS),
    );
    let header = ["layer", "maps", "parameters", "paper", "connections", "paper", "multiply-adds"];
    Ok(Outcome {
        judgement: if exact { Judgement::Holds } else { Judgement::DoesNotHold },
        verdict,
        method: vec![
            "Counted from the layers themselves, the same values that the program computes with. The total of the \
             connections contains the 840 of the output, whose codes are fixed. A multiply-add is a product with a weight; a \
             sub-sampling unit adds its four inputs and has one."
                .to_string(),
        ],
        figures: Vec::new(),
        tables: vec![Table::new("The layers, counted from the code, beside what the paper prints", &header, rows)],
    })
}
