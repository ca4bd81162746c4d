//! The parts of training by batches, for one tile on one thread.

use std::cell::RefCell;
use std::rc::Rc;

use fearless_simd::dispatch;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{Bench, Trial};
use crate::kernels::level;
use crate::net::tile::{self, Tally, TileGradient, TileState};
use crate::net::{LENET5, Parameters};
use crate::train::Recipe;

/// All that a tile's way forward and back needs.
struct Space {
    parameters: Parameters,
    state: TileState,
    work: TileGradient,
    gradient: Parameters,
    tally: Tally,
}

impl Bench<'_> {
    /// The parts in the order in which training does them.
    pub(super) fn layers(&self) -> Vec<Trial<'_>> {
        let lanes = level::lanes(self.level);
        let (level, digits, recipe) = (self.level, self.digits, Recipe::fast());
        let criterion = recipe.criterion;
        let some = |n: usize| n % digits.len();
        let labels: Vec<u8> = (0..lanes).map(|n| digits.labels[some(n)]).collect();
        let space = Rc::new(RefCell::new(Space {
            parameters: recipe.initial.draw(&mut ChaCha8Rng::seed_from_u64(1)),
            state: TileState::new::<true>(lanes),
            work: TileGradient::new(lanes),
            gradient: Parameters::zeros(),
            tally: Tally::default(),
        }));
        // Every part reads what the parts before it have left: do all of them once.
        let mut borrowed = space.borrow_mut();
        let s = &mut *borrowed;
        let images = move || (0..lanes).map(move |n| &digits.images[some(n)]);
        dispatch!(level, simd => s.state.set_images(simd, images()));
        dispatch!(level, simd => tile::forward_at::<_, true>(simd, &s.parameters, &mut s.state));
        dispatch!(level, simd => tile::backward_at(
            simd, &s.parameters, &s.state, &criterion, &labels, &mut s.work, &mut s.gradient, &mut s.tally, true
        ));
        drop(borrowed);
        let part = |what, multiply_adds: usize, work: Box<dyn Fn(&mut Space)>| {
            let space = Rc::clone(&space);
            Trial {
                what,
                threads: 1,
                batch: Some(lanes),
                items: lanes,
                operations: 2.0 * multiply_adds as f64,
                work: Box::new(move || work(&mut space.borrow_mut())),
            }
        };
        let net = &LENET5;
        let dense = net.c5.multiply_adds() + net.f6.multiply_adds();
        let images: Vec<_> = images().copied().collect();
        vec![
            part(
                "input",
                0,
                Box::new(move |s| {
                    dispatch!(level, simd => s.state.set_images(simd, images.iter()));
                }),
            ),
            part(
                "C1, S2",
                net.c1.multiply_adds() + net.s2.multiply_adds(),
                Box::new(move |s| {
                    dispatch!(level, simd => tile::c1_s2::<_, true>(simd, &s.parameters, &mut s.state));
                }),
            ),
            part(
                "C3, S4",
                net.c3.multiply_adds() + net.s4.multiply_adds(),
                Box::new(move |s| {
                    dispatch!(level, simd => tile::c3_s4::<_, true>(simd, &s.parameters, &mut s.state));
                }),
            ),
            part(
                "C5, F6, output",
                dense + net.output.multiply_adds(),
                Box::new(move |s| {
                    dispatch!(level, simd => tile::dense_output(simd, &s.parameters, &mut s.state));
                }),
            ),
            part(
                "output back",
                0,
                Box::new(move |s| {
                    dispatch!(level, simd => tile::output_gradient(simd, &s.state, &criterion, &labels, &mut s.work, &mut s.tally));
                }),
            ),
            part(
                "F6, C5 back: states",
                dense,
                Box::new(move |s| {
                    dispatch!(level, simd => tile::dense_states(simd, &s.parameters, &s.state, &mut s.work));
                }),
            ),
            part(
                "F6, C5 back: weights",
                dense,
                Box::new(move |s| {
                    dispatch!(level, simd => tile::dense_weights(simd, &s.state, &mut s.work, &mut s.gradient, false));
                }),
            ),
            part(
                "S4, C3 back",
                2 * net.c3.multiply_adds(),
                Box::new(move |s| {
                    dispatch!(level, simd => tile::c3_gradient(simd, &s.parameters, &s.state, &mut s.work));
                }),
            ),
            part(
                "S2, C1 back",
                net.c1.multiply_adds(),
                Box::new(move |s| {
                    dispatch!(level, simd => tile::c1_gradient(simd, &s.parameters, &s.state, &mut s.work));
                }),
            ),
            part(
                "sum over images",
                0,
                Box::new(move |s| {
                    dispatch!(level, simd => s.work.finish(simd, &mut s.gradient));
                }),
            ),
        ]
    }
}
