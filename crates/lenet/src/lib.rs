//! LeNet-5.
