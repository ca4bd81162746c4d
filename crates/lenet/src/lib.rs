//! The LeNet-5 of 1998 (LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
//! recognition", Proc. IEEE 86(11):2278-2324), the whole of it: the network, its training, its data.
//!
//! The modules stand in the order in which data walks through them, and import only from above:
//!
//! | module | what happens there |
//! |---|---|
//! | [`paper`] | every number of the paper, with page and equation |
//! | [`files`] | writing files so that nothing is ever half there |
//! | [`data`] | IDX files, the digits that come with the crate, scaling and the 32x32 frame |
//! | [`distort`] | digits moved and distorted a little, so that the network learns not to mind |
//! | [`pen`] | ink that is drawn and is no digit: strokes, letters, scribbles, pieces of digits |
//! | [`pages`] | pages whose text is known, of any size, in any hand, on any paper, under any light |
//! | [`kernels`] | the arithmetic of the layer kinds, for every level of vector instructions |
//! | [`net`] | the network: layers, parameters, states, forward, backward, criterion |
//! | [`workers`] | the threads that share a batch |
//! | [`classify`] | digits from images, a few or millions |
//! | [`lattice`] | all the ways to cut a row of digits that touch into pieces, and which are likely |
//! | [`systems`] | the networks that LeNet-5 is compared with, and LeNet-5 without one of its ideas |
//! | [`train`] | recipes, the optimisers, the loop, checkpoints |
//! | [`eval`] | error rate with its interval, confusion, the misread digits; which of two is better |
//! | [`bench`](mod@bench) | how fast this machine does it |
//! | [`export`] | weights in files that PyTorch loads |
//! | [`models`] | the weights that come with the program |
//! | [`report`] | results for people: tables as text, pictures as images, plots, a page that looks inside a network |
//! | [`read`] | pictures in, digits out |
//! | [`runs`] | training runs as folders: begun, interrupted, resumed, finished |
//! | [`experiments`] | the paper's tables and figures, measured anew and set beside the paper's values |

pub mod paper;
pub mod files;
pub mod data;
pub mod distort;
pub mod pen;
pub mod pages;
pub mod kernels;
pub mod net;
pub mod workers;
pub mod classify;
pub mod lattice;
pub mod systems;
pub mod train;
pub mod eval;
pub mod bench;
pub mod export;
pub mod models;
pub mod report;
pub mod read;
pub mod runs;
pub mod experiments;
