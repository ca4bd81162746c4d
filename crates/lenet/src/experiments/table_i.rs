//! Table I against other connections of C3.

use super::variants::{compare, variant};
use super::words::OverSeeds;
use super::{Experiment, Laboratory, Origin, Outcome, Unfinished};
use crate::paper::{KERNELS_C3, TABLE_I};
use crate::systems::Plan;
use crate::train::presentation_order;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "table-i",
    title: "Table I against full and random connection",
    claim: "Connecting each map of C3 with a part of S2, as Table I does, costs nothing against connecting it with all of S2, or with \
            parts drawn at random.",
    origin: Origin::Ours,
    paper: "A partial connection keeps the number of connections within bounds and breaks symmetry: maps that see different inputs \
            come to extract different features (p. 8). No error is given for other tables.",
    version: 2,
    run,
};

/// Maps of S2.
const MAPS: usize = 6;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let full = vec![(0..MAPS).collect::<Vec<usize>>(); TABLE_I.len()];
    let variants = [
        variant("Table I", Plan::lenet_5()),
        variant("full", Plan::lenet_5().connected_by("lenet-5-full", full)),
        variant("random", Plan::lenet_5().connected_by("lenet-5-random", random())),
    ];
    compare(laboratory, "table-i", "Test error by the connection of C3", &variants, OverSeeds::no_higher_than)
}

/// As many connections as Table I has, drawn by chance: one for each map of C3, so that none is idle, the others anywhere.
fn random() -> Vec<Vec<usize>> {
    let maps = TABLE_I.len();
    let first: Vec<u32> = presentation_order(1, maps * MAPS);
    let mut table = vec![Vec::new(); maps];
    for o in 0..maps {
        let input =
            first.iter().find(|place| **place as usize / MAPS == o).map_or(0, |place| *place as usize % MAPS);
        table[o].push(input);
    }
    for place in first {
        let (o, i) = (place as usize / MAPS, place as usize % MAPS);
        let connections: usize = table.iter().map(Vec::len).sum();
        if connections < KERNELS_C3 && !table[o].contains(&i) {
            table[o].push(i);
        }
    }
    table.iter_mut().for_each(|inputs| inputs.sort_unstable());
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_table_has_as_many_connections_as_table_i() {
        let table = random();
        assert_eq!(table.iter().map(Vec::len).sum::<usize>(), KERNELS_C3);
        assert!(table.iter().all(|inputs| !inputs.is_empty() && inputs.is_sorted_by(|a, b| a < b)));
        assert!(table.iter().flatten().all(|i| *i < MAPS));
    }
}
