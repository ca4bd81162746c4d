//! The recipes that come with the program.

use super::optimiser::{Batch, Curvature, Optimiser, Pooled, Rule, Sdlm, Stage};
use super::recipe::Recipe;
use super::scene::Scene;
use super::schedule::Schedule;
use crate::distort::{Distortion, Elastic};
use crate::net::{Criterion, FanIn, Initial};
use crate::paper;
use crate::systems::{Output, Plan};

/// The optimiser of [`Recipe::adamw`].
const ADAMW: Batch = Batch {
    size: 64,
    rate: 0.003,
    weight_decay: 0.1,
    average: 0.0,
    rule: Rule::Adamw { beta_1: 0.9, beta_2: 0.99, epsilon: 1e-8 },
    schedule: Schedule::OneCycle { warm_up: 0.1, start: 0.3, end: 0.001 },
};

/// The optimiser of `fast`, on which the others are built that go by batches.
const MUON: Batch = Batch {
    size: 256,
    rate: 0.017,
    rule: Rule::Muon { momentum: 0.8, beta_1: 0.9, beta_2: 0.99, epsilon: 1e-8 },
    ..ADAMW
};

impl Recipe {
    /// The recipe for another network: the same, but where the output is linear, penalties count as they are, which is what a soft
    /// maximum with cross-entropy takes.
    pub fn for_plan(self, plan: &Plan) -> Self {
        let criterion = match plan.output {
            Output::Codes => self.criterion,
            Output::Linear => Criterion::Map { scale: 1.0, j: 100.0 },
        };
        Recipe { criterion, ..self }
    }

    /// The recipes that come with the program, the default one first.
    pub fn known() -> [Self; 7] {
        [
            Self::fast(),
            Self::best(),
            Self::reading(),
            Self::pieces(),
            Self::strings(),
            Self::paper_1998(),
            Self::paper_1998_distorted(),
        ]
    }

    /// The shortest way to the paper's error rate: three passes by batches on all cores, with steps that Muon makes orthogonal, every
    /// digit moved by up to a pixel.
    ///
    /// Chosen on digits held out of the training set (`docs/LOG.md`). The penalties are scaled by 0.1, so that ten units of
    /// distance count as one of logarithm, and the "rubbish" class is out of reach.
    pub fn fast() -> Self {
        Recipe {
            name: "fast".to_string(),
            passes: 3,
            validation: 0,
            shift: 1,
            distortion: None,
            scene: None,
            initial: Initial { gain: 1.1, over: FanIn::RootFanIn, coefficient: 0.55 },
            criterion: Criterion::Map { scale: 0.1, j: 100.0 },
            optimiser: Optimiser::Batch(MUON),
        }
    }

    /// Six passes by smaller batches with AdamW, all else as in [`Recipe::fast`]: the optimiser that everybody has, for networks that are
    /// compared with each other and speeds that are compared with others'.
    pub fn adamw() -> Self {
        let optimiser = Optimiser::Batch(ADAMW);
        Recipe { name: "adamw".to_string(), passes: 6, optimiser, ..Self::fast() }
    }

    /// The recipe of the paper, with our answers where it leaves a gap (`docs/PAPER.md`).
    pub fn paper_1998() -> Self {
        Recipe {
            name: "paper-1998".to_string(),
            passes: paper::PASSES,
            validation: 0,
            shift: 0,
            distortion: None,
            scene: None,
            initial: Initial { gain: 1.1, over: FanIn::RootFanIn, coefficient: 0.55 },
            criterion: Criterion::Map { scale: 0.5, j: 10.0 },
            optimiser: Optimiser::Sdlm(Sdlm {
                mu: paper::MU,
                curvature_patterns: paper::CURVATURE_PATTERNS,
                curvature: Curvature::EachPass,
                subsampling: Pooled::Sum,
                schedule: paper::SCHEDULE.iter().map(|&(passes, eta)| Stage { passes, eta }).collect(),
            }),
        }
    }

    /// The recipe of the paper on distorted digits (p. 10-11): beside every digit nine distorted versions of it, of these
    /// 600,000 patterns 60,000 in a pass, all else as in [`Recipe::paper_1998`].
    ///
    /// The paper names the maps, horizontal and vertical translation, scaling, squeezing and horizontal shearing, but not how
    /// far they go; these ranges are ours.
    pub fn paper_1998_distorted() -> Self {
        let distortion = Distortion {
            copies: 9,
            translation: 1.0,
            scale: 0.1,
            squeeze: 0.1,
            shear: 0.2,
            ..Distortion::default()
        };
        Recipe {
            name: "paper-1998-distorted".to_string(),
            distortion: Some(distortion),
            ..Self::paper_1998()
        }
    }

    /// The lowest error in minutes: 240 passes over digits distorted anew in each of them, by affine maps and elastically, and the
    /// running average of the parameters at the end.
    ///
    /// Strength of the distortions, scale of the penalties and optimiser were chosen on digits held out of the training set
    /// (`docs/LOG.md`).
    pub fn best() -> Self {
        let distortion = Distortion {
            translation: 0.9,
            scale: 0.07,
            shear: 0.135,
            rotation: 6.75,
            elastic: Some(Elastic { alpha: 18.0, sigma: 4.0 }),
            ..Distortion::default()
        };
        Recipe {
            name: "best".to_string(),
            passes: 240,
            shift: 0,
            distortion: Some(distortion),
            criterion: Criterion::Map { scale: 0.1, j: 100.0 },
            optimiser: Optimiser::Batch(Batch {
                rate: 0.009,
                weight_decay: 0.05,
                average: 0.999,
                rule: Rule::Muon { momentum: 0.9, beta_1: 0.9, beta_2: 0.99, epsilon: 1e-8 },
                ..MUON
            }),
            ..Self::fast()
        }
    }

    /// For reading pages: digits alone, with neighbours and beside the middle, and what is no digit (`read::lessons`), for which
    /// eq. 9's "rubbish" class comes within reach: five units of logarithm, a squared distance of 50.
    ///
    /// Distortions and optimiser are those of [`Recipe::best`]. Gaps go from the paper's 4 pixels (p. 28) to twice as many, and from
    /// its overlap of 1 to that of a crowded hand, 4; noise is the paper's, in a tenth of the fields.
    pub fn reading() -> Self {
        Recipe {
            name: "reading".to_string(),
            passes: 140,
            scene: Some(Scene {
                neighbours: 0.35,
                between: 0.2,
                narrowest: -4.0,
                widest: 8.0,
                pieces: false,
                strips: 0,
                noisy: 0.1,
            }),
            criterion: Criterion::Map { scale: 0.1, j: 5.0 },
            ..Self::best()
        }
    }

    /// For digits that touch: which piece between two cuts is a digit, and which (`read::cuts`).
    ///
    /// Everything else is [`Recipe::reading`]'s, but that digits may be a little smaller or larger: how high the digits of a string
    /// are is guessed.
    pub fn pieces() -> Self {
        let reading = Self::reading();
        let distortion = reading.distortion.map(|distortion| Distortion { scale: 0.1, ..distortion });
        let scene = Scene {
            neighbours: 0.55,
            between: 0.4,
            narrowest: -5.0,
            widest: 4.0,
            pieces: true,
            strips: 0,
            noisy: 0.0,
        };
        Recipe { name: "pieces".to_string(), distortion, scene: Some(scene), ..reading }
    }

    /// For digits that touch too: how they are to be cut (`read::cuts`).
    ///
    /// Strips from pages are read whole, and what is taught is that the right way to cut one is the likeliest of all (section VI). Beside 32 of
    /// them there are no more than 32 of the pieces that [`Recipe::pieces`] learns. It is for a network that those have taught already (`--from`): of
    /// strips that 83 % are read of then, 79 % were by a network that had begun from chance.
    pub fn strings() -> Self {
        let pieces = Self::pieces();
        let scene = pieces.scene.map(|scene| Scene { strips: 32, ..scene });
        let optimiser = match pieces.optimiser {
            Optimiser::Batch(batch) => Optimiser::Batch(Batch { size: 32, rate: 0.004, ..batch }),
            online => online,
        };
        Recipe { name: "strings".to_string(), passes: 2, scene, optimiser, ..pieces }
    }
}
