//! `lenet info`: the network in figures.

use lenet::kernels::level::{self, Level};
use lenet::net::{CONNECTIONS, LENET5, MULTIPLY_ADDS, PARAMETERS};
use lenet::paper::TABLE_I;
use lenet::report::table;
use serde_json::{Value, json};

use crate::args::Info;
use crate::exit::Exit;
use crate::term;

pub(crate) fn run(args: &Info) -> anyhow::Result<Exit> {
    if args.json {
        term::put_json(&as_json(), true)?;
    } else {
        term::put(&as_text())?;
    }
    Ok(Exit::Success)
}

fn levels() -> Vec<&'static str> {
    level::available().iter().map(|(name, _)| *name).collect()
}

fn as_text() -> String {
    format!(
        "LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998), input 32x32\n\n{}\n\
         Table I: the maps of S2 (rows) that each map of C3 (columns) sees\n{}\n\
         Vector instructions: {} (this machine has {})\n",
        table::facts(&LENET5.facts()),
        table::table_i(),
        level::name(Level::new()),
        levels().join(", "),
    )
}

fn as_json() -> Value {
    let layers: Vec<Value> = LENET5
        .facts()
        .iter()
        .map(|layer| {
            json!({
                "name": layer.name, "kind": layer.kind, "maps": layer.maps, "side": layer.side,
                "parameters": layer.parameters, "connections": layer.connections,
                "multiply_adds": layer.multiply_adds,
            })
        })
        .collect();
    json!({
        "layers": layers,
        "totals": { "parameters": PARAMETERS, "connections": CONNECTIONS, "multiply_adds": MULTIPLY_ADDS },
        "table_i": TABLE_I,
        "level": level::name(Level::new()),
        "levels": levels(),
    })
}
