//! temporary
use lenet::data::Split;
use lenet::kernels::level::Level;
use lenet::net::*;
use lenet::train::*;
use std::io::Read;
fn load(name: &str) -> Vec<u8> {
    let mut v = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(format!("/work/shared/mnist/{name}.gz")).unwrap())
        .read_to_end(&mut v)
        .unwrap();
    v
}
fn split(a: &str, b: &str) -> Split {
    Split {
        images: load(a)[16..].chunks_exact(784).map(|c| c.try_into().unwrap()).collect(),
        labels: load(b)[8..].to_vec(),
    }
}
fn main() {
    let train = split("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    let test = split("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
    let seed: u64 = std::env::args().nth(1).map_or(1, |s| s.parse().unwrap());
    let passes: usize = std::env::args().nth(2).map_or(20, |s| s.parse().unwrap());
    let level = Level::new();
    let mut t = Training::new(Recipe { passes, ..Recipe::paper_1998() }, seed, &train, level).unwrap();
    t.run(&train, &mut |e| {
        if let Event::PassEnd(p) = e {
            println!(
                "{} train {:.2}% E {:.4} steps {:.1e}..{:.1e} {:.2}s",
                p.pass,
                p.error_percent(),
                p.criterion,
                p.step_min,
                p.step_max,
                p.seconds
            )
        }
        Flow::Continue
    });
    let mut s = State::new();
    let mut errors = 0;
    for (i, l) in test.images.iter().zip(&test.labels) {
        s.set_image(i);
        forward(level, t.parameters(), &mut s);
        errors += usize::from(s.class() != *l);
    }
    println!("test {:.2}%", errors as f64 / 100.0);
}
