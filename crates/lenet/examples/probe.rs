use lenet::kernels::level;
use lenet::net::*;
use rand::{SeedableRng, rngs::ChaCha8Rng};
fn main() {
    let p = Initial { gain: 1.1, coefficient: 0.55 }.draw(&mut ChaCha8Rng::seed_from_u64(1));
    let image: [u8; 784] = std::array::from_fn(|k| (k * 37 % 251) as u8);
    for (name, level) in level::available() {
        let mut s = State::new();
        let mut g = Gradient::new();
        s.set_image(&image);
        for (what, n) in [("forward", 0), ("both", 1)] {
            let mut best = f64::MAX;
            for _ in 0..20 {
                let t = std::time::Instant::now();
                for _ in 0..200 {
                    forward(level, &p, &mut s);
                    if n == 1 {
                        backward(level, &p, &s, &Criterion::Map { scale: 0.5, j: 10.0 }, 3, &mut g);
                    }
                }
                best = best.min(t.elapsed().as_secs_f64() / 200.0);
            }
            println!("{name} {what} {:.1} us {:?}", best * 1e6, &s.output()[..3]);
        }
    }
}
