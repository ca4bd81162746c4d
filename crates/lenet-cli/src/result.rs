//! What a run or a test came to, as text with colour codes.

use lenet::report::table::{self, grouped};
use lenet::runs::{RunResult, Score};

use crate::term::paint;

/// The confusion matrix and a line that explains it.
pub(crate) fn confusion(score: &Score) -> String {
    format!(
        "Confusion: a row for each true class, a column for each answer\n{}",
        table::confusion(&score.confusion, paint)
    )
}

/// A finished run.
pub(crate) fn text(result: &RunResult) -> String {
    let t = &result.training;
    let (errors, patterns) = (grouped(t.errors), grouped(t.patterns));
    let held_out = result.held_out.as_ref().map_or(String::new(), |held_out| {
        let (errors, patterns) = (grouped(held_out.errors), grouped(held_out.patterns));
        format!("held-out error  {:.2} %  ({errors} of {patterns}, not trained on)\n", held_out.error_percent)
    });
    let rate = grouped(result.patterns_per_second.round() as usize);
    format!(
        "test error      {}\n\
         training error  {:.2} %  ({errors} of {patterns})\n{held_out}\
         while learning  {:.2} %  (in the last pass, each digit just before its update)\n\
         training time   {:.1} s  ({rate} patterns/s)\n\n{}\n\
         run folder      {}\n",
        result.test.line(),
        t.error_percent,
        t.last_pass_error_percent,
        result.seconds,
        confusion(&result.test),
        result.run.display(),
    )
}
