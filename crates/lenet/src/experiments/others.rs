//! Other networks for experiments: trained by batches with one recipe for all, kept between calls.

use std::fs;

use super::laboratory::{Budget, Laboratory, Progress, Unfinished};
use super::training::{self, begun};
use super::words::OverSeeds;
use crate::classify::Answer;
use crate::data::{Image, SIDE, Split};
use crate::eval::Evaluation;
use crate::systems::{Plan, Stack, StackParameters};
use crate::train::{Event, Flow, Recipe, checkpoint, presentation_order};

/// A run of any network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OtherJob {
    pub(super) plan: Plan,
    pub(super) recipe: Recipe,
    pub(super) seed: u64,
    /// Digits to train on: the first of the training set, in file order.
    pub(super) digits: usize,
    /// Whether the pixels of all images are put in another order, one and the same for all.
    pub(super) permuted: bool,
}

/// A finished run of any network.
#[derive(Clone, Debug)]
pub(super) struct Other {
    pub(super) stack: Stack,
    pub(super) parameters: StackParameters,
}

impl Budget {
    /// The seeds of networks that are compared.
    pub(super) fn compared_seeds(self) -> std::ops::RangeInclusive<u64> {
        match self {
            Budget::Quick => 1..=3,
            Budget::Full => 1..=3,
        }
    }

    /// The recipe for networks that are compared: [`Recipe::adamw`] without moving the digits, for all the same.
    pub(super) fn compared(self, plan: &Plan) -> Recipe {
        let passes = match self {
            Budget::Quick => 4,
            Budget::Full => 10,
        };
        Recipe { name: "compared".to_string(), passes, shift: 0, ..Recipe::adamw() }.for_plan(plan)
    }

    /// How many training digits networks that are compared may see.
    pub(super) fn compared_digits(self, all: usize) -> usize {
        match self {
            Budget::Quick => all / 8,
            Budget::Full => all,
        }
    }
}

impl Laboratory<'_> {
    /// Jobs to compare these networks on the digits of the budget, network by network, each with all seeds.
    pub(super) fn comparison(&self, plans: &[Plan]) -> Vec<OtherJob> {
        let budget = self.budget();
        let digits = budget.compared_digits(self.digits().train.len());
        let jobs = |plan: &Plan| {
            let (plan, recipe) = (plan.clone(), budget.compared(plan));
            budget.compared_seeds().map(move |seed| OtherJob {
                plan: plan.clone(),
                recipe: recipe.clone(),
                seed,
                digits,
                permuted: false,
            })
        };
        plans.iter().flat_map(jobs).collect()
    }

    /// Does all these runs, those that are done already excepted, and returns their networks in the same order.
    ///
    /// # Errors
    /// [`Unfinished::Stopped`] when told to; other [`Unfinished`] when a run can't begin or be kept.
    pub(super) fn train_others(&mut self, what: &str, jobs: &[OtherJob]) -> Result<Vec<Other>, Unfinished> {
        if let Some(folder) = &self.networks {
            fs::create_dir_all(folder).map_err(|source| Unfinished::File { path: folder.clone(), source })?;
        }
        let patterns = |job: &OtherJob| (job.recipe.passes * job.digits) as u64;
        let of = jobs.iter().map(patterns).sum();
        let mut before = 0;
        let mut networks = Vec::new();
        for job in jobs {
            networks.push(self.train_other(what, job, before, of)?);
            before += patterns(job);
        }
        Ok(networks)
    }

    fn train_other(&mut self, what: &str, job: &OtherJob, before: u64, of: u64) -> Result<Other, Unfinished> {
        let train = self.training_digits(job);
        self.train_on(what, job, &train, before, of)
    }

    /// A run on these digits, whatever those of the job are.
    pub(super) fn train_on(
        &mut self,
        what: &str,
        job: &OtherJob,
        train: &Split,
        before: u64,
        of: u64,
    ) -> Result<Other, Unfinished> {
        let stack = Stack::new(job.plan.clone()).expect("the plans of experiments are networks");
        let key = self.key(job, train);
        if let Some(parameters) = self.others.get(&key) {
            return Ok(Other { stack, parameters: parameters.clone() });
        }
        let kept = self.networks.as_ref().map(|folder| folder.join(format!("{key}.safetensors")));
        let recipe = (&job.recipe, job.seed);
        let mut training = begun(stack.clone(), recipe, train, self.level, kept.as_deref(), |_| true)?;
        let on_progress = &mut *self.on_progress;
        let what = format!("{what}: {}", job.plan.name);
        let finished = training.run(train, self.workers, &mut |event| match event {
            Event::Progress { pass, seen, of: a_pass } => {
                let done = before + ((pass - 1) * a_pass + seen) as u64;
                on_progress(&Progress { what: what.clone(), done, of })
            }
            Event::PassEnd(_) => Flow::Continue,
        });
        if let Some(path) = &kept {
            checkpoint::save(&training, path)?;
        }
        if !finished {
            return Err(Unfinished::Stopped);
        }
        let parameters = training.parameters().clone();
        self.others.insert(key, parameters.clone());
        Ok(Other { stack, parameters })
    }

    fn key(&self, job: &OtherJob, train: &Split) -> String {
        let OtherJob { plan, recipe, seed, .. } = job;
        training::key(&plan.name, &format!("{plan:?}"), recipe, *seed, train, self.level)
    }

    fn training_digits(&self, job: &OtherJob) -> Split {
        let all = &self.digits.train;
        let images = &all.images[..job.digits];
        let images = if job.permuted { permuted(images) } else { images.to_vec() };
        Split { images, labels: all.labels[..job.digits].to_vec() }
    }

    /// The answers of a network to images.
    pub(super) fn answers(&self, network: &Other, images: &[Image]) -> Vec<Answer> {
        network.stack.answers(self.level, &network.parameters, images, self.workers)
    }

    /// What a network makes of the test digits.
    pub(super) fn test_other(&self, network: &Other) -> Evaluation {
        Evaluation::of(&self.answers(network, &self.digits.test.images), &self.digits.test.labels)
    }

    /// Trains these networks for all seeds and measures each, on the test digits.
    pub(super) fn compare(&mut self, what: &str, plans: &[Plan]) -> Result<Vec<OverSeeds>, Unfinished> {
        let jobs = self.comparison(plans);
        let networks = self.train_others(what, &jobs)?;
        let seeds = self.budget().compared_seeds().count();
        Ok(networks.chunks(seeds).map(|runs| self.over_seeds(runs)).collect())
    }

    /// The test errors of networks that differ in their seed only.
    pub(super) fn over_seeds(&self, runs: &[Other]) -> OverSeeds {
        OverSeeds::of(runs.iter().map(|run| self.test_other(run).errors()), self.digits.test.len())
    }
}

/// The images with their pixels in another order, the same for all images and for every call.
pub(super) fn permuted(images: &[Image]) -> Vec<Image> {
    let order = presentation_order(PERMUTATION, SIDE * SIDE);
    let put = |image: &Image| std::array::from_fn(|k| image[order[k] as usize]);
    images.iter().map(put).collect()
}

/// The seed of the one permutation.
const PERMUTATION: u64 = 1998;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_keeps_every_pixel_and_is_always_the_same() {
        let image: Image = std::array::from_fn(|k| (k % 251) as u8);
        let [once, twice] = [permuted(&[image])[0], permuted(&[image])[0]];
        assert!(once == twice && once != image);
        let sorted = |mut image: Image| {
            image.sort_unstable();
            image
        };
        assert!(sorted(once) == sorted(image));
    }
}
