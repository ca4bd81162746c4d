//! Weights files: what is written is read back, and every kind of bad file gets its own answer.

use std::collections::HashMap;
use std::path::Path;

use lenet::export::weights::{self, WeightsError};
use lenet::net::Parameters;
use lenet::train::Recipe;
use proptest::prelude::*;
use rand::{SeedableRng, rngs::ChaCha8Rng};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

type Tensors = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

fn parameters() -> Parameters {
    Recipe::paper_1998().initial.draw(&mut ChaCha8Rng::seed_from_u64(1))
}

fn tensors() -> Tensors {
    let bytes = weights::to_bytes(&parameters(), &[]);
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let owned = file.tensors().into_iter();
    owned.map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec())).collect()
}

fn file(tensors: &Tensors) -> Vec<u8> {
    let views = tensors
        .iter()
        .map(|(name, dtype, shape, data)| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    serialize(views, Some(HashMap::new())).unwrap()
}

/// The answer to a file that `change` has made wrong; it must name the file.
fn answer(change: impl FnOnce(&mut Tensors)) -> WeightsError {
    let mut tensors = tensors();
    change(&mut tensors);
    let error = weights::from_bytes(&file(&tensors), Path::new("some.safetensors")).unwrap_err();
    assert!(error.to_string().starts_with("some.safetensors: "), "{error}");
    error
}

fn named<'a>(tensors: &'a mut Tensors, name: &str) -> &'a mut (String, Dtype, Vec<usize>, Vec<u8>) {
    tensors.iter_mut().find(|tensor| tensor.0 == name).unwrap()
}

#[test]
fn what_is_saved_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    weights::save(&parameters(), &[("seed", "1".into())], &path).unwrap();
    assert_eq!(weights::load(&path).unwrap(), parameters());
}

#[test]
fn equal_networks_are_equal_files() {
    let keys = ["recipe", "seed", "passes", "data", "program", "error"];
    let metadata = keys.map(|key| (key, format!("the {key} \"\u{e9}\\\n")));
    let file = weights::to_bytes(&parameters(), &metadata);
    for _ in 0..20 {
        assert!(file == weights::to_bytes(&parameters(), &metadata));
    }
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    let kept = header.metadata().as_ref().unwrap();
    assert!(metadata.iter().all(|(key, value)| kept[*key] == *value));
}

#[test]
fn a_missing_tensor_is_named_with_those_that_are_there() {
    let error = answer(|tensors| tensors.retain(|tensor| tensor.0 != "s4.bias"));
    assert!(matches!(&error, WeightsError::Missing { tensor, .. } if tensor == "s4.bias"));
    assert!(error.to_string().contains("f6.weight"), "{error}");
}

#[test]
fn an_extra_tensor_is_named() {
    let error = answer(|tensors| tensors.push(("conv9.weight".into(), Dtype::F32, vec![1], vec![0; 4])));
    assert!(matches!(&error, WeightsError::Extra { tensor, .. } if tensor == "conv9.weight"));
}

#[test]
fn a_wrong_shape_is_shown_next_to_the_right_one() {
    let error = answer(|tensors| named(tensors, "f6.weight").2 = vec![120, 84]);
    assert!(error.to_string().contains("[120, 84]") && error.to_string().contains("[84, 120]"), "{error}");
    assert!(matches!(error, WeightsError::Shape { .. }));
}

#[test]
fn a_wrong_number_type_is_named_with_its_cure() {
    let error = answer(|tensors| {
        let tensor = named(tensors, "c1.bias");
        tensor.1 = Dtype::F64;
        tensor.3 = vec![0; 6 * 8];
    });
    assert!(matches!(&error, WeightsError::Type { tensor, .. } if tensor == "c1.bias"));
    assert!(error.to_string().contains(".float()"), "{error}");
}

#[test]
fn a_value_that_is_no_number_is_found() {
    for bad in [f32::NAN, f32::INFINITY] {
        let error =
            answer(|tensors| named(tensors, "c5.weight").3[400..404].copy_from_slice(&bad.to_le_bytes()));
        assert!(
            matches!(&error, WeightsError::NotFinite { tensor, index: 100, .. } if tensor == "c5.weight")
        );
    }
}

#[test]
fn a_connection_that_table_i_leaves_out_is_refused() {
    // map 0 of C3 sees maps 0, 1, 2 of S2; this is its kernel for map 4
    let place = 4 * 25 * 4;
    let error = answer(|tensors| {
        named(tensors, "c3.weight").3[place..place + 4].copy_from_slice(&1.0f32.to_le_bytes());
    });
    assert!(matches!(error, WeightsError::Connection { output: 0, input: 4, .. }));
}

#[test]
fn other_codes_are_refused() {
    let error = answer(|tensors| {
        named(tensors, "output.codes").3[7 * 84 * 4..][..4].copy_from_slice(&0.5f32.to_le_bytes());
    });
    assert!(matches!(error, WeightsError::Codes { class: 7, .. }));
}

#[test]
fn a_file_of_another_format_is_refused() {
    for content in [&b"<!DOCTYPE html><html>404</html>"[..], b"", b"PK\x03\x04"] {
        let error = weights::from_bytes(content, Path::new("x")).unwrap_err();
        assert!(matches!(error, WeightsError::Format { .. }), "{error}");
    }
}

#[test]
fn a_missing_file_and_a_missing_folder_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none/weights.safetensors");
    assert!(matches!(weights::load(&path).unwrap_err(), WeightsError::Read { .. }));
    assert!(matches!(weights::save(&parameters(), &[], &path).unwrap_err(), WeightsError::Write { .. }));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(weights::from_bytes(&bytes, Path::new("x")).is_err());
    }

    #[test]
    fn a_changed_header_is_refused_or_read_without_a_panic(at in 0usize..1200, byte in any::<u8>()) {
        let mut bytes = weights::to_bytes(&parameters(), &[]);
        bytes[at] = byte;
        if let Ok(read) = weights::from_bytes(&bytes, Path::new("x")) {
            prop_assert!(read.as_slice().iter().all(|w| w.is_finite()));
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused(share in 0.0f64..1.0) {
        let bytes = weights::to_bytes(&parameters(), &[]);
        let cut = (share * bytes.len() as f64) as usize;
        prop_assert!(weights::from_bytes(&bytes[..cut], Path::new("x")).is_err());
    }
}
