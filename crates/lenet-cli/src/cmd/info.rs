//! `lenet info`: the networks in figures.

use lenet::kernels::level::{self, Level};
use lenet::net::{LENET5, LayerFacts};
use lenet::paper::TABLE_I;
use lenet::report::table;
use lenet::systems::{Kind, Plan, Stack};
use serde_json::{Value, json};

use crate::args::Info;
use crate::exit::Exit;
use crate::network::Known;
use crate::term;

/// The value of `--net` for all networks next to each other.
const ALL: &str = "all";

pub(crate) fn run(args: &Info) -> anyhow::Result<Exit> {
    let (text, value) = if args.net.as_deref() == Some(ALL) {
        all()?
    } else {
        match Known::by_name(args.net.as_deref())? {
            Known::LeNet5 => lenet_5(),
            Known::Other(stack) => other(&stack),
        }
    };
    if args.json {
        term::put_json(&value, true)?
    } else {
        term::put(&text)?
    }
    Ok(Exit::Success)
}

fn levels() -> Vec<&'static str> {
    level::available().iter().map(|(name, _)| *name).collect()
}

fn lenet_5() -> (String, Value) {
    let facts = LENET5.facts();
    let level = level::name(Level::new());
    let text = format!(
        "LeNet-5 (LeCun, Bottou, Bengio, Haffner 1998), input 32x32\n\n{}\n\
         Table I: the maps of S2 (rows) that each map of C3 (columns) sees\n{}\n\
         Vector instructions: {level} (this machine has {})\n",
        table::facts(&facts),
        table::table_i(),
        levels().join(", "),
    );
    let value = json!({
        "layers": facts, "totals": totals(&facts), "table_i": TABLE_I, "level": level, "levels": levels(),
    });
    (text, value)
}

fn other(stack: &Stack) -> (String, Value) {
    let (plan, facts) = (stack.plan(), stack.facts());
    let mut text = format!("{0}, input {1}x{1}\n\n{2}", plan.name, plan.inside, table::facts(facts));
    let mut tables = serde_json::Map::new();
    for (k, layer) in plan.layers.iter().enumerate() {
        if let (Kind::Convolution { table }, true) = (&layer.kind, k > 0) {
            let (before, name) = (plan.layers[k - 1].name, layer.name);
            let connections = table::connections(table);
            text += &format!(
                "\nThe maps of {before} (rows) that each map of {name} (columns) sees\n{connections}"
            );
            tables.insert(name.to_string(), json!(table));
        }
    }
    let value = json!({ "net": plan.name, "layers": facts, "totals": totals(facts), "tables": tables });
    (text, value)
}

fn all() -> anyhow::Result<(String, Value)> {
    let mut text = Vec::new();
    let mut values = Vec::new();
    let plans = Plan::known();
    for plan in &plans {
        let facts = plan.facts()?;
        values.push(json!({ "net": plan.name, "totals": totals(&facts) }));
        text.push((plan.name.as_str(), facts));
    }
    Ok((table::totals(&text), json!({ "networks": values })))
}

fn totals(layers: &[LayerFacts]) -> Value {
    let sum = |count: fn(&LayerFacts) -> usize| layers.iter().map(count).sum::<usize>();
    json!({
        "parameters": sum(|l| l.parameters),
        "connections": sum(|l| l.connections),
        "multiply_adds": sum(|l| l.multiply_adds),
    })
}
