//! Every number of the paper.
