//! The part of the page that shows the network itself: layers, kernels, coefficients.

use super::Subject;
use crate::kernels::{KERNEL, TAPS};
use crate::net::{LENET5, Parameters};
use crate::paper::TABLE_I;
use crate::report::html::{Bar, bars, escape, figure, img, legend, section};
use crate::report::paint::{Grid, largest, signed};
use crate::report::table::grouped;

/// What this is, how good it is, and the way around the page.
pub(super) fn head(subject: &Subject<'_>) -> String {
    let evaluation = subject.evaluation;
    let (low, high) = evaluation.interval_percent();
    let parts = [
        ("layers", "Layers"),
        ("c1", "C1"),
        ("sub-sampling", "S2 and S4"),
        ("c3", "C3"),
        ("classes", "F6 and the classes"),
        ("digits", "Digits, layer by layer"),
    ];
    let links: String =
        parts.iter().map(|(id, text)| format!("<li><a href=\"#{id}\">{text}</a></li>")).collect();
    format!(
        "<header>\n<h1>Inside {}</h1>\n\
         <p>LeNet-5 of 1998, looked at with {} digits ({}): {:.2} % misread, {} of them; 95 % interval {low:.2} to {high:.2} \
         %.</p>\n<nav><ul>{links}</ul></nav>\n</header>\n",
        escape(subject.name),
        grouped(evaluation.patterns),
        escape(subject.data),
        evaluation.error_percent(),
        grouped(evaluation.errors()),
    )
}

/// The table of layers.
pub(super) fn layers() -> String {
    let layers = LENET5.facts();
    let mut rows = String::new();
    let mut totals = [0; 3];
    for layer in &layers {
        let counts = [layer.parameters, layer.connections, layer.multiply_adds];
        totals = std::array::from_fn(|k| totals[k] + counts[k]);
        let size = if layer.side > 1 {
            format!("{0} @ {1}&#215;{1}", layer.maps, layer.side)
        } else {
            layer.maps.to_string()
        };
        rows += &format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{size}</td>{}</tr>\n",
            layer.name,
            layer.kind,
            cells(counts)
        );
    }
    let table = format!(
        "<div class=\"scroll\"><table class=\"layers\">\n<thead><tr><th scope=\"col\">layer</th><th scope=\"col\">kind</th>\
         <th scope=\"col\">maps</th><th scope=\"col\">parameters</th><th scope=\"col\">connections</th>\
         <th scope=\"col\">multiply-adds</th></tr></thead>\n<tbody>\n{rows}</tbody>\n\
         <tfoot><tr><th scope=\"row\">total</th><td></td><td></td>{}</tr></tfoot>\n</table></div>\n",
        cells(totals)
    );
    section("layers", "Layers", &table)
}

fn cells(counts: [usize; 3]) -> String {
    counts.map(|count| format!("<td>{}</td>", grouped(count))).concat()
}

/// The six kernels of C1.
pub(super) fn c1(parameters: &Parameters) -> String {
    let weights = parameters.view(LENET5.c1.weights());
    let biases = parameters.view(LENET5.c1.biases());
    let scale = largest(weights);
    let kernels: String = weights
        .chunks_exact(TAPS)
        .zip(biases)
        .enumerate()
        .map(|(o, (kernel, bias))| {
            let picture = signed(kernel, Grid::one(KERNEL, KERNEL), scale);
            let alt = format!("The 5x5 kernel of C1's map {o}, {}", range(kernel));
            figure(&img(&picture, 18, &alt), &format!("map {o}, bias {bias:+.3}"))
        })
        .collect();
    let text =
        "<p>Six kernels of 5&#215;5 weights look at the 32&#215;32 input. All six have the same scale.</p>\n";
    section(
        "c1",
        "C1: what the first layer looks for",
        &format!("{text}{}<div class=\"row\">\n{kernels}</div>\n", legend(scale)),
    )
}

/// "from -0.31 to 0.52"
pub(super) fn range(values: &[f32]) -> String {
    let (low, high) =
        values.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
    format!("from {low:.2} to {high:.2}")
}

/// Coefficients and biases of S2 and S4.
pub(super) fn subsampling(parameters: &Parameters) -> String {
    let mut drawings = String::new();
    for layer in [LENET5.s2, LENET5.s4] {
        for (what, range) in [("coefficient", layer.coefficients()), ("bias", layer.biases())] {
            let values = parameters.view(range).iter().enumerate().map(|(map, &value)| Bar {
                label: map.to_string(),
                value,
                class: if value < 0.0 { "negative" } else { "positive" },
            });
            let title = format!("{}: the {what} of each map", layer.name);
            drawings += &figure(&bars(&title, &values.collect::<Vec<_>>(), 3), &title);
        }
    }
    let text = "<p>A unit adds four neighbours of its map, multiplies the sum by the map&#8217;s coefficient, adds the map&#8217;s \
                bias, and squashes. With a small coefficient it is nearly linear and blurs; with a large one it is a noisy OR \
                or AND, depending on the bias (p. 7).</p>\n";
    section(
        "sub-sampling",
        "S2 and S4: blur or decide",
        &format!("{text}<div class=\"row\">\n{drawings}</div>\n"),
    )
}

/// The sixty kernels of C3, at their places in Table I.
pub(super) fn c3(parameters: &Parameters) -> String {
    let weights = parameters.view(LENET5.c3.weights());
    let scale = largest(weights);
    let columns: String = (0..TABLE_I.len()).map(|o| format!("<th scope=\"col\">{o}</th>")).collect();
    let mut rows = String::new();
    for i in 0..LENET5.s2.maps {
        rows += &format!("<tr><th scope=\"row\">{i}</th>");
        for (o, maps) in TABLE_I.iter().enumerate() {
            let Some(place) = maps.iter().position(|&map| map == i) else {
                rows += "<td></td>";
                continue;
            };
            let kernel = &weights[(LENET5.c3.first_kernel(o) + place) * TAPS..][..TAPS];
            let alt = format!("The kernel from S2's map {i} to C3's map {o}, {}", range(kernel));
            rows += &format!("<td>{}</td>", img(&signed(kernel, Grid::one(KERNEL, KERNEL), scale), 8, &alt));
        }
        rows += "</tr>\n";
    }
    let text = "<p>A column for each map of C3, a row for each map of S2, a kernel where Table I of the paper connects them: 60 of \
                96. All have the same scale.</p>\n";
    section(
        "c3",
        "C3: Table I, with its kernels",
        &format!(
            "{text}{}<table class=\"table-i\">\n<thead><tr><td></td>{columns}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n",
            legend(scale)
        ),
    )
}
