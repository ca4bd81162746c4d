//! `lenet inspect`: a network's kernels, and every layer's states for some digits, as a page or a picture.

use std::path::Path;

use anyhow::{Context, bail};
use lenet::eval::{classes, evaluate};
use lenet::files::write_atomically;
use lenet::report::inspect::{Subject, page, sheet, usual_digits};
use lenet::report::picture::png;

use crate::args::Inspect;
use crate::dataset;
use crate::exit::{Exit, Usage};
use crate::network::Trained;
use crate::term::Talk;

pub(crate) fn run(args: &Inspect, talk: &Talk) -> anyhow::Result<Exit> {
    let form = Form::of(&args.out)?;
    let trained = args.weights.as_deref().map_or_else(Trained::newest, Trained::load)?;
    let data = match &args.data.name {
        Some(name) => Some(name.clone()),
        None => trained.data()?,
    };
    let digits = dataset::load(data.as_deref())?;
    let test = &digits.set.test;
    if test.is_empty() {
        bail!("the test set is empty: there is nothing to look at");
    }
    if let Some(index) = args.digits.iter().find(|index| **index >= test.len()) {
        let last = test.len() - 1;
        return Err(Usage(format!("--digits {index}: the digits of the test set are 0 to {last}")).into());
    }
    let name = trained.name.clone();
    let parameters = trained.lenet_5()?;
    talk.say(format_args!("weights  {name}"));
    talk.say(format_args!("data     {}", dataset::line(&digits)));
    let level = args.level.level();
    let evaluation = evaluate(level, &parameters, test, &args.threads.workers()?);
    let subject = Subject {
        name: &name,
        data: &format!("{}, test set", digits.set.name),
        level,
        parameters: &parameters,
        digits: test,
        evaluation: &evaluation,
        classes: &classes(level, &parameters, test),
    };
    let usual;
    let shown = if args.digits.is_empty() {
        usual = usual_digits(test, &evaluation);
        &usual
    } else {
        &args.digits
    };
    let content = match form {
        Form::Page => page(&subject, shown).into_bytes(),
        Form::Sheet => png(&sheet(&subject, shown)),
    };
    let out = args.out.display();
    write_atomically(&args.out, &content)
        .with_context(|| format!("--out {out} can't be written; choose another place"))?;
    talk.say(format_args!("written  {out}"));
    Ok(Exit::Success)
}

/// What is written.
#[derive(Clone, Copy)]
enum Form {
    Page,
    Sheet,
}

impl Form {
    /// By the end of the file's name.
    fn of(out: &Path) -> anyhow::Result<Form> {
        match out.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("html" | "htm") => Ok(Form::Page),
            Some("png") => Ok(Form::Sheet),
            _ => Err(Usage(format!(
                "--out {}: give a name that ends in .html for a page or .png for a picture",
                out.display()
            ))
            .into()),
        }
    }
}
